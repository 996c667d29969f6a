// SPDX-License-Identifier: GPL-2.0
/*
 * Snapshots: registered by a generated module, or loaded as parameters for the
 * shape of such a module; checked, counted, and removed when nothing uses them.
 */
#include <linux/export.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "core.h"

LIST_HEAD(lf_snapshots);

static u64 lf_last_id;	/* lf_mutex; ids never repeat */

/* Callers hold lf_mutex. */
struct lf_snapshot *lf_snapshot_find(u64 id)
{
	struct lf_snapshot *snap;

	lockdep_assert_held(&lf_mutex);
	list_for_each_entry(snap, &lf_snapshots, list) {
		if (snap->id == id)
			return snap;
	}
	return NULL;
}

/*
 * Become a user. Fails for a snapshot that is being removed. Callers hold
 * lf_mutex or rcu_read_lock(); any context.
 */
bool lf_snapshot_get(struct lf_snapshot *snap)
{
	/* In this order: a module on its way out sees no user come and go. */
	if (!try_module_get(snap->desc->owner))
		return false;
	if (refcount_inc_not_zero(&snap->users))
		return true;
	module_put(snap->desc->owner);
	return false;
}

/* Any context. The snapshot may be gone when this returns. */
void lf_snapshot_put(struct lf_snapshot *snap)
{
	struct module *owner = snap->desc->owner;

	/*
	 * The registration's user goes last, by lf_snapshot_retire(), and can't
	 * before the module reference that this user holds is put.
	 */
	refcount_dec(&snap->users);
	module_put(owner);
}

struct lf_deferred_put {
	struct rcu_head rcu;
	struct lf_snapshot *snap;
	u32 n;
};

static void lf_snapshot_put_many(struct lf_snapshot *snap, u32 n)
{
	struct lf_app *app = READ_ONCE(snap->app);

	while (n--)
		lf_snapshot_put(snap);
	/* The app outlives this callback; the snapshot need not. */
	if (app)
		lf_app_queue_events(app);
}

static void lf_snapshot_put_later(struct rcu_head *rcu)
{
	struct lf_deferred_put *put = container_of(rcu, struct lf_deferred_put,
						   rcu);

	lf_snapshot_put_many(put->snap, put->n);
	kfree(put);
}

/* Put n users after a grace period; may sleep, does not wait unless it must. */
void lf_snapshot_put_rcu(struct lf_snapshot *snap, u32 n)
{
	struct lf_deferred_put *put = kmalloc(sizeof(*put), GFP_KERNEL);

	if (!put) {
		synchronize_rcu();
		lf_snapshot_put_many(snap, n);
		return;
	}
	put->snap = snap;
	put->n = n;
	call_rcu(&put->rcu, lf_snapshot_put_later);
}

/* Users beyond the registration and the role: flows, and calls under way. */
u32 lf_snapshot_pins(const struct lf_snapshot *snap)
{
	u32 others = 1 + (snap->role != LF_ROLE_NONE);
	u32 users = refcount_read(&snap->users);

	return users > others ? users - others : 0;
}

enum lf_state lf_snapshot_state(const struct lf_snapshot *snap)
{
	switch (snap->role) {
	case LF_ROLE_ACTIVE:
		return LF_STATE_ACTIVE;
	case LF_ROLE_CANARY:
		return LF_STATE_CANARY;
	case LF_ROLE_PREVIOUS:
		return LF_STATE_PREVIOUS;
	default:
		if (lf_snapshot_pins(snap))
			return LF_STATE_DRAINING;
		return snap->served ? LF_STATE_DRAINED : LF_STATE_STANDBY;
	}
}

u64 lf_snapshot_count(const struct lf_snapshot *snap, enum lf_count what)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu) {
		const struct lf_counts *c = per_cpu_ptr(snap->counts, cpu);
		unsigned int start;
		u64 n;

		do {
			start = u64_stats_fetch_begin(&c->sync);
			n = u64_stats_read(&c->n[what]);
		} while (u64_stats_fetch_retry(&c->sync, start));
		sum += n;
	}
	return sum;
}

u64 lf_app_count(const struct lf_app *app, enum lf_count what)
{
	const struct lf_snapshot *snap;
	u64 sum = app->retired[what];

	list_for_each_entry(snap, &lf_snapshots, list) {
		if (snap->app == app)
			sum += lf_snapshot_count(snap, what);
	}
	return sum;
}

/* Whether every clip range meets what the app declared: else it sees nothing. */
static bool lf_clips_meet(const struct lf_app_desc *app,
			  const struct lf_params *params)
{
	const struct lf_clip *clip = (const struct lf_clip *)(params + 1);
	int i;

	for (i = 0; i < app->n_in; i++) {
		if (clip[i].lo >= app->in[i].hi || clip[i].hi <= app->in[i].lo)
			return false;
	}
	return true;
}

static const char *lf_snapshot_check(const struct lf_snapshot_desc *desc,
				     const struct lf_app *app,
				     const struct lf_params *params, u32 bytes,
				     u32 *macs)
{
	struct lf_verdict v;

	v = lf_params_verify(desc, params, bytes);
	if (v.why)
		return v.why;
	if (desc->n_in != app->desc->n_in)
		return "number of inputs differs from the app's";
	if (desc->n_out != app->desc->n_out)
		return "number of outputs differs from the app's";
	if (!lf_clips_meet(app->desc, params))
		return "clip range outside the app's input range";
	if (v.macs > READ_ONCE(lf_max_macs))
		return "more multiplications than net.liteflow.max_macs";
	*macs = v.macs;
	return NULL;
}

static struct lf_snapshot *lf_snapshot_alloc(void)
{
	struct lf_snapshot *snap;
	int cpu;

	snap = kzalloc(sizeof(*snap), GFP_KERNEL);
	if (!snap)
		return NULL;
	snap->counts = alloc_percpu(struct lf_counts);
	if (!snap->counts) {
		kfree(snap);
		return NULL;
	}
	for_each_possible_cpu(cpu)
		u64_stats_init(&per_cpu_ptr(snap->counts, cpu)->sync);
	refcount_set(&snap->users, 1);
	return snap;
}

static void lf_snapshot_free(struct lf_snapshot *snap)
{
	free_percpu(snap->counts);
	kvfree(snap->own);
	kfree(snap);
}

static const char *lf_snapshot_publish(struct lf_snapshot *snap,
				       struct lf_app *app)
{
	struct lf_snapshot *other;

	if (list_count_nodes(&lf_snapshots) >= LF_SNAPSHOTS_MAX)
		return "too many snapshots; unload drained ones";
	list_for_each_entry(other, &lf_snapshots, list) {
		if (!strcmp(other->name, snap->name))
			return "a snapshot of this name exists; activate it";
	}
	snap->id = ++lf_last_id;
	WRITE_ONCE(snap->app, app);
	list_add_tail(&snap->list, &lf_snapshots);
	lf_generation++;
	lf_netlink_event(LF_EVENT_STANDBY, app, snap);
	return NULL;
}

static const char *lf_snapshot_add(struct lf_snapshot *snap)
{
	const struct lf_snapshot_desc *desc = snap->desc;
	struct lf_app *app = lf_app_find(desc->app);
	const char *why;

	if (!app)
		return "its app is not registered; load the app's module first";
	why = lf_snapshot_check(desc, app, desc->params, desc->params->bytes,
				&snap->macs);
	return why ?: lf_snapshot_publish(snap, app);
}

/*
 * Called from a snapshot module's init. The refusal is in the log: insmod has
 * no other way to tell.
 */
int lf_snapshot_register(const struct lf_snapshot_desc *desc)
{
	struct lf_snapshot *snap;
	struct lf_verdict v;
	const char *why;

	v = lf_shape_verify(desc);
	if (v.why || !desc->params || !desc->owner) {
		pr_err("snapshot refused: %s (layer %d)\n",
		       v.why ?: "no parameters or owner", v.layer);
		return -EINVAL;
	}
	snap = lf_snapshot_alloc();
	if (!snap)
		return -ENOMEM;
	strscpy(snap->name, desc->name, sizeof(snap->name));
	snap->desc = desc;
	snap->params = desc->params;
	snap->shape = lf_shape_id(desc->layers, desc->n_layers);

	mutex_lock(&lf_mutex);
	why = lf_snapshot_add(snap);
	mutex_unlock(&lf_mutex);
	if (why) {
		pr_err("snapshot %s refused: %s\n", desc->name, why);
		lf_snapshot_free(snap);
		return -EINVAL;
	}
	return 0;
}
EXPORT_SYMBOL_GPL(lf_snapshot_register);

/* Unlink a snapshot without users; its counts stay with the app. */
static bool lf_snapshot_retire(struct lf_snapshot *snap)
{
	int i;

	lockdep_assert_held(&lf_mutex);
	if (!refcount_dec_if_one(&snap->users))
		return false;
	list_del(&snap->list);
	lf_generation++;
	if (snap->app) {
		for (i = 0; i < __LF_COUNTS; i++)
			snap->app->retired[i] += lf_snapshot_count(snap, i);
		lf_netlink_event(LF_EVENT_UNLOADED, snap->app, snap);
	}
	return true;
}

static void lf_snapshot_free_rcu(struct rcu_head *rcu)
{
	lf_snapshot_free(container_of(rcu, struct lf_snapshot, rcu));
}

/*
 * Called from a snapshot module's exit: the module has no reference left, so
 * the snapshot has no user but the registration.
 */
void lf_snapshot_unregister(const struct lf_snapshot_desc *desc)
{
	struct lf_snapshot *snap, *found = NULL;

	mutex_lock(&lf_mutex);
	list_for_each_entry(snap, &lf_snapshots, list) {
		if (snap->desc == desc && !snap->own)
			found = snap;
	}
	if (found && WARN_ON(!lf_snapshot_retire(found)))
		found = NULL;
	mutex_unlock(&lf_mutex);
	if (!found)
		return;
	/* A reader may still try to pin it: its code must outlive that. */
	synchronize_rcu();
	lf_snapshot_free(found);
}
EXPORT_SYMBOL_GPL(lf_snapshot_unregister);

/*
 * New parameters for the shape of base. The new snapshot keeps base's module
 * until it is unloaded. Callers hold lf_mutex. Returns an ERR_PTR.
 */
struct lf_snapshot *lf_snapshot_load(struct lf_snapshot *base,
				     const char *name, const void *params,
				     u32 bytes, struct netlink_ext_ack *extack)
{
	const struct lf_snapshot_desc *desc = base->desc;
	struct lf_snapshot *snap;
	const char *why;

	if (!base->app) {
		NL_SET_ERR_MSG(extack, "the app's module is not loaded");
		return ERR_PTR(-ENODEV);
	}
	snap = lf_snapshot_alloc();
	if (!snap)
		return ERR_PTR(-ENOMEM);
	/* Also aligns: a netlink attribute is only at 4 bytes. */
	snap->own = kvmalloc(bytes, GFP_KERNEL);
	if (!snap->own) {
		lf_snapshot_free(snap);
		return ERR_PTR(-ENOMEM);
	}
	memcpy(snap->own, params, bytes);
	strscpy(snap->name, name, sizeof(snap->name));
	snap->desc = desc;
	snap->params = snap->own;
	snap->shape = base->shape;
	why = lf_snapshot_check(desc, base->app, snap->params, bytes,
				&snap->macs);
	if (!why && !try_module_get(desc->owner))
		why = "the module of the shape is being removed";
	if (!why) {
		why = lf_snapshot_publish(snap, base->app);
		if (why)
			module_put(desc->owner);
	}
	if (why) {
		/* A static text; NL_SET_ERR_MSG() takes literals only. */
		extack->_msg = why;
		lf_snapshot_free(snap);
		return ERR_PTR(-EINVAL);
	}
	return snap;
}

/* Callers hold lf_mutex; may sleep for a grace period if forced. */
int lf_snapshot_unload(struct lf_snapshot *snap, const char *name, bool force,
		       struct netlink_ext_ack *extack)
{
	struct module *owner = snap->desc->owner;

	if (name && strcmp(name, snap->name)) {
		NL_SET_ERR_MSG(extack, "the name is not that of the snapshot");
		return -EINVAL;
	}
	if (force && snap->role == LF_ROLE_ACTIVE && !name) {
		NL_SET_ERR_MSG(extack,
			       "the active snapshot must be asked for by name");
		return -EBUSY;
	}
	if (!force && (snap->role != LF_ROLE_NONE || lf_snapshot_pins(snap))) {
		NL_SET_ERR_MSG(extack, "the snapshot is in use");
		return -EBUSY;
	}
	if (force) {
		lf_role_strip(snap);
		if (snap->app)
			lf_flow_repin(snap->app, snap, NULL);
		/* The deferred puts of the flows taken away. */
		rcu_barrier();
	}
	if (!snap->own)
		return 0;
	if (!lf_snapshot_retire(snap)) {
		NL_SET_ERR_MSG(extack, "the snapshot is in use");
		return -EBUSY;
	}
	call_rcu(&snap->rcu, lf_snapshot_free_rcu);
	module_put(owner);
	return 0;
}

/* Snapshots that lost their app get it back when it is registered again. */
void lf_snapshot_adopt(struct lf_app *app)
{
	struct lf_snapshot *snap;

	lockdep_assert_held(&lf_mutex);
	list_for_each_entry(snap, &lf_snapshots, list) {
		if (snap->app || strcmp(snap->desc->app, app->desc->name))
			continue;
		if (lf_snapshot_check(snap->desc, app, snap->params,
				      snap->params->bytes, &snap->macs))
			continue;
		WRITE_ONCE(snap->app, app);
		lf_netlink_event(LF_EVENT_STANDBY, app, snap);
	}
}

void lf_snapshot_orphan(struct lf_app *app)
{
	struct lf_snapshot *snap;

	lockdep_assert_held(&lf_mutex);
	list_for_each_entry(snap, &lf_snapshots, list) {
		if (snap->app != app)
			continue;
		lf_role_strip(snap);
		snap->served = false;
		snap->drained_told = false;
		WRITE_ONCE(snap->app, NULL);
	}
}
