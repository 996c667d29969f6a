// SPDX-License-Identifier: GPL-2.0
/*
 * Apps: who asks for decisions, and the shape and ranges it asks for.
 */
#include <linux/export.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "core.h"
#include "trace.h"

#define LF_EVENT_DELAY	(HZ / 10)	/* gathers fallbacks into one event */

LIST_HEAD(lf_apps);

/* Callers hold lf_mutex. */
struct lf_app *lf_app_find(const char *name)
{
	struct lf_app *app;

	lockdep_assert_held(&lf_mutex);
	list_for_each_entry(app, &lf_apps, list) {
		if (!strcmp(app->desc->name, name))
			return app;
	}
	return NULL;
}

void lf_app_queue_events(struct lf_app *app)
{
	queue_delayed_work(system_wq, &app->event_work, LF_EVENT_DELAY);
}

/* What the fast path can't tell by itself: fallbacks and drained snapshots. */
static void lf_app_tell_events(struct work_struct *work)
{
	struct lf_app *app = container_of(to_delayed_work(work), struct lf_app,
					  event_work);
	struct lf_snapshot *snap;
	int i;

	for (i = 0; i < __LF_REASON_COUNT; i++) {
		u64 now = atomic64_read(&app->fallbacks[i]);

		if (now != app->told[i])
			lf_netlink_event_fallback(app, i, now - app->told[i]);
		app->told[i] = now;
	}
	mutex_lock(&lf_mutex);
	list_for_each_entry(snap, &lf_snapshots, list) {
		if (snap->app != app || snap->drained_told ||
		    lf_snapshot_state(snap) != LF_STATE_DRAINED)
			continue;
		snap->drained_told = true;
		lf_netlink_event(LF_EVENT_DRAINED, app, snap);
	}
	mutex_unlock(&lf_mutex);
}

static bool lf_app_valid(const struct lf_app_desc *desc)
{
	int i;

	if (!desc->name || !desc->name[0] ||
	    strnlen(desc->name, LF_APP_MAX + 1) > LF_APP_MAX)
		return false;
	if (!desc->n_in || desc->n_in > LF_IN_MAX || !desc->n_out ||
	    desc->n_out > LF_OUT_MAX)
		return false;
	if (desc->n_weights > LF_WEIGHTS_MAX || desc->n_weights > desc->n_in)
		return false;
	if (!desc->record_len || desc->record_len % 8 ||
	    desc->record_len > 1024)
		return false;
	for (i = 0; i < desc->n_in; i++) {
		if (desc->in[i].lo >= desc->in[i].hi)
			return false;
	}
	for (i = 0; i < desc->n_out; i++) {
		if (desc->out[i].lo >= desc->out[i].hi)
			return false;
	}
	return true;
}

static int lf_app_publish(struct lf_app *app)
{
	int err = 0;

	mutex_lock(&lf_mutex);
	if (lf_app_find(app->desc->name))
		err = -EEXIST;
	else if (list_count_nodes(&lf_apps) >= LF_APPS_MAX)
		err = -ENOSPC;
	if (!err) {
		list_add_tail(&app->list, &lf_apps);
		lf_generation++;
		lf_snapshot_adopt(app);
	}
	mutex_unlock(&lf_mutex);
	return err;
}

struct lf_app *lf_app_register(const struct lf_app_desc *desc)
{
	struct lf_app *app;
	int err;

	if (!lf_app_valid(desc))
		return ERR_PTR(-EINVAL);
	app = kzalloc(sizeof(*app), GFP_KERNEL);
	if (!app)
		return ERR_PTR(-ENOMEM);
	app->desc = desc;
	xa_init_flags(&app->flows, XA_FLAGS_ALLOC1 | XA_FLAGS_LOCK_BH);
	/* Its lock is of the same class to lockdep as that of the flows. */
	xa_init_flags(&app->objectives, XA_FLAGS_LOCK_BH);
	INIT_DELAYED_WORK(&app->event_work, lf_app_tell_events);
	app->batch = lf_batch_create(desc);
	if (!app->batch) {
		err = -ENOMEM;
		goto err_free;
	}
	err = lf_app_publish(app);
	if (err)
		goto err_batch;
	/* Names of devices are unique once those of apps are. */
	app->device = lf_device_create(app);
	if (!IS_ERR(app->device))
		return app;
	err = PTR_ERR(app->device);
	app->device = NULL;
	lf_app_unregister(app);
	return ERR_PTR(err);

err_batch:
	lf_batch_destroy(app->batch);
err_free:
	xa_destroy(&app->flows);
	kfree(app);
	return ERR_PTR(err);
}
EXPORT_SYMBOL_GPL(lf_app_register);

void lf_app_unregister(struct lf_app *app)
{
	if (app->device)
		lf_device_destroy(app->device);
	mutex_lock(&lf_mutex);
	list_del(&app->list);
	lf_generation++;
	lf_snapshot_orphan(app);
	lf_serve_end(app);
	mutex_unlock(&lf_mutex);

	/* Who served it may be about to hand it answers. */
	synchronize_rcu();
	/* Deferred puts of this app's pins may still queue event work. */
	rcu_barrier();
	cancel_delayed_work_sync(&app->event_work);
	lf_batch_destroy(app->batch);
	lf_objective_clear(app);
	WARN_ON(!xa_empty(&app->flows));
	xa_destroy(&app->flows);
	kfree(app);
}
EXPORT_SYMBOL_GPL(lf_app_unregister);

void lf_app_fallback(struct lf_app *app, enum lf_reason reason)
{
	atomic64_inc(&app->fallbacks[reason]);
	trace_liteflow_fallback(app->desc->name, 0, reason);
	lf_app_queue_events(app);
}
EXPORT_SYMBOL_GPL(lf_app_fallback);

void lf_record(struct lf_app *app, const void *record)
{
	lf_batch_append(app->batch, record);
}
EXPORT_SYMBOL_GPL(lf_record);
