// SPDX-License-Identifier: GPL-2.0
/*
 * Roles: which snapshot serves new flows. Activation publishes a pointer and
 * returns: whoever pins through an outdated pointer still gets a reference or
 * none, so nothing need wait for a grace period. All under lf_mutex.
 */
#include <linux/jiffies.h>
#include <linux/rcupdate.h>

#include "core.h"
#include "trace.h"

static struct lf_snapshot *lf_role_set(struct lf_snapshot __rcu **role,
				       struct lf_snapshot *snap)
{
	return rcu_replace_pointer(*role, snap, lockdep_is_held(&lf_mutex));
}

/* Take a snapshot's role away: it drains. */
static void lf_role_end(struct lf_snapshot *snap)
{
	struct lf_app *app = snap->app;

	snap->role = LF_ROLE_NONE;
	/* lf_mutex keeps it from being removed. */
	lf_snapshot_put(snap);
	if (lf_snapshot_pins(snap))
		lf_netlink_event(LF_EVENT_DRAINING, app, snap);
	lf_app_queue_events(app);
}

/* Vacate a snapshot's role; false if it had none. The role's user is left. */
static bool lf_role_leave(struct lf_snapshot *snap)
{
	struct lf_app *app = snap->app;

	lockdep_assert_held(&lf_mutex);
	switch (snap->role) {
	case LF_ROLE_ACTIVE:
		lf_role_set(&app->active, NULL);
		return true;
	case LF_ROLE_CANARY:
		lf_role_set(&app->canary, NULL);
		app->share = 0;
		return true;
	case LF_ROLE_PREVIOUS:
		app->previous = NULL;
		return true;
	default:
		return false;
	}
}

void lf_role_strip(struct lf_snapshot *snap)
{
	bool canary = snap->role == LF_ROLE_CANARY;

	if (!lf_role_leave(snap))
		return;
	if (canary)
		lf_netlink_event(LF_EVENT_CANARY_DROPPED, snap->app, snap);
	lf_role_end(snap);
}

static int lf_role_check(struct lf_snapshot *snap,
			 struct netlink_ext_ack *extack)
{
	lockdep_assert_held(&lf_mutex);
	if (snap->app)
		return 0;
	NL_SET_ERR_MSG(extack, "the app's module is not loaded");
	return -ENODEV;
}

static int lf_role_take(struct lf_snapshot *snap,
			struct netlink_ext_ack *extack)
{
	if (lf_snapshot_get(snap))
		return 0;
	NL_SET_ERR_MSG(extack, "the snapshot is being removed");
	return -ENOENT;
}

static void lf_role_publish_active(struct lf_app *app,
				   struct lf_snapshot *snap)
{
	snap->role = LF_ROLE_ACTIVE;
	snap->served = true;
	snap->drained_told = false;
	snap->active_since = jiffies;
	trace_liteflow_swap(app->desc->name, snap->id, snap->name);
}

/*
 * snap becomes active, the active one previous, the previous one drains. A
 * role's user moves with its snapshot, also when snap was canary or previous.
 */
int lf_role_activate(struct lf_snapshot *snap, struct netlink_ext_ack *extack)
{
	struct lf_app *app = snap->app;
	struct lf_snapshot *old, *older;
	int err;

	err = lf_role_check(snap, extack);
	if (err)
		return err;
	if (snap->role == LF_ROLE_ACTIVE)
		return 0;
	if (!lf_role_leave(snap)) {
		err = lf_role_take(snap, extack);
		if (err)
			return err;
	}
	lf_role_publish_active(app, snap);
	old = lf_role_set(&app->active, snap);
	if (old) {
		older = app->previous;
		app->previous = old;
		old->role = LF_ROLE_PREVIOUS;
		if (older)
			lf_role_end(older);
	}
	lf_netlink_event(LF_EVENT_ACTIVE, app, snap);
	return 0;
}

int lf_role_canary(struct lf_snapshot *snap, u32 share,
		   struct netlink_ext_ack *extack)
{
	struct lf_app *app = snap->app;
	struct lf_snapshot *old;
	int err;

	err = lf_role_check(snap, extack);
	if (err)
		return err;
	if (!share) {
		if (snap->role != LF_ROLE_CANARY) {
			NL_SET_ERR_MSG(extack, "the snapshot is no canary");
			return -EINVAL;
		}
		lf_role_drop_canary(app);
		return 0;
	}
	if (!lf_daemon_attached()) {
		NL_SET_ERR_MSG(extack, "no daemon is attached to judge it");
		return -ENOTCONN;
	}
	if (snap->role == LF_ROLE_ACTIVE) {
		NL_SET_ERR_MSG(extack, "the snapshot is active already");
		return -EBUSY;
	}
	if (snap->role != LF_ROLE_CANARY) {
		if (!lf_role_leave(snap)) {
			err = lf_role_take(snap, extack);
			if (err)
				return err;
		}
		snap->role = LF_ROLE_CANARY;
		snap->served = true;
		snap->drained_told = false;
		snap->active_since = jiffies;
		old = lf_role_set(&app->canary, snap);
		if (old)
			lf_role_end(old);
	}
	WRITE_ONCE(app->share, share);
	lf_netlink_event(LF_EVENT_CANARY, app, snap);
	return 0;
}

void lf_role_drop_canary(struct lf_app *app)
{
	struct lf_snapshot *snap;

	snap = rcu_dereference_protected(app->canary,
					 lockdep_is_held(&lf_mutex));
	if (snap)
		lf_role_strip(snap);
}

/* The previous snapshot is active again; the active one drains. */
int lf_role_rollback(struct lf_app *app, struct netlink_ext_ack *extack)
{
	struct lf_snapshot *snap = app->previous;
	struct lf_snapshot *bad;

	lockdep_assert_held(&lf_mutex);
	if (!snap) {
		NL_SET_ERR_MSG(extack, "the app has no previous snapshot");
		return -ENOENT;
	}
	app->previous = NULL;
	lf_role_publish_active(app, snap);
	bad = lf_role_set(&app->active, snap);
	if (bad)
		lf_role_end(bad);
	lf_netlink_event(LF_EVENT_ROLLED_BACK, app, snap);
	return 0;
}
