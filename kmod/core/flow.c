// SPDX-License-Identifier: GPL-2.0
/*
 * Flows: who is decided for, and by which snapshot. A flow keeps the snapshot
 * that it started with (its pin) until it ends, is re-pinned, or the snapshot
 * is taken away; netlink reaches every flow, idle ones as well.
 */
#include <linux/export.h>
#include <linux/hash.h>
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/random.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "core.h"
#include "trace.h"

static struct kmem_cache *lf_flow_cache;

int lf_flow_init(void)
{
	lf_flow_cache = KMEM_CACHE(lf_flow, 0);
	return lf_flow_cache ? 0 : -ENOMEM;
}

/* Flows are freed by RCU, drained snapshots as well. */
void lf_flow_exit(void)
{
	rcu_barrier();
	kmem_cache_destroy(lf_flow_cache);
}

static void lf_flow_free_rcu(struct rcu_head *rcu)
{
	kmem_cache_free(lf_flow_cache, container_of(rcu, struct lf_flow, rcu));
}

/* A number in [0, 999], the same through the life of the flow. */
static u32 lf_flow_share(const struct lf_flow *flow, u32 salt)
{
	return reciprocal_scale(hash_32(flow->dice ^ salt, 32), 1000);
}

/* A reference on the snapshot that a new flow is served by, or NULL. */
static struct lf_snapshot *lf_flow_choose(const struct lf_flow *flow)
{
	const struct lf_app *app = flow->app;
	struct lf_snapshot *snap;

	rcu_read_lock();
	snap = rcu_dereference(app->canary);
	if (!snap || lf_flow_share(flow, 1) >= READ_ONCE(app->share) ||
	    !lf_snapshot_get(snap)) {
		snap = rcu_dereference(app->active);
		if (snap && !lf_snapshot_get(snap))
			snap = NULL;
	}
	rcu_read_unlock();
	return snap;
}

struct lf_flow *lf_flow_start(struct lf_app *app, u32 netns)
{
	struct lf_flow *flow;

	if (atomic_inc_return(&app->n_flows) > READ_ONCE(lf_max_flows))
		goto err_count;
	flow = kmem_cache_zalloc(lf_flow_cache, GFP_ATOMIC | __GFP_NOWARN);
	if (!flow)
		goto err_count;
	flow->app = app;
	flow->netns = netns;
	flow->since = jiffies;
	flow->dice = get_random_u32();
	flow->noise = get_random_u32() | 1;
	spin_lock_init(&flow->lock);
	RCU_INIT_POINTER(flow->snap, lf_flow_choose(flow));
	if (xa_alloc_cyclic_bh(&app->flows, &flow->id, flow, xa_limit_32b,
			       &app->next_flow,
			       GFP_ATOMIC | __GFP_NOWARN) >= 0)
		return flow;
	if (rcu_access_pointer(flow->snap))
		lf_snapshot_put(rcu_access_pointer(flow->snap));
	kmem_cache_free(lf_flow_cache, flow);
err_count:
	atomic_dec(&app->n_flows);
	lf_app_fallback(app, LF_REASON_NO_MEMORY);
	return NULL;
}
EXPORT_SYMBOL_GPL(lf_flow_start);

void lf_flow_end(struct lf_flow *flow)
{
	struct lf_app *app = flow->app;
	struct lf_snapshot *snap;

	xa_erase_bh(&app->flows, flow->id);
	spin_lock_bh(&flow->lock);
	flow->ended = true;
	snap = rcu_replace_pointer(flow->snap, NULL,
				   lockdep_is_held(&flow->lock));
	spin_unlock_bh(&flow->lock);
	/* Nobody infers for this flow any more: no grace period needed. */
	if (snap) {
		bool last = READ_ONCE(snap->role) == LF_ROLE_NONE;

		lf_snapshot_put(snap);
		if (last)
			lf_app_queue_events(app);
	}
	atomic_dec(&app->n_flows);
	call_rcu(&flow->rcu, lf_flow_free_rcu);
}
EXPORT_SYMBOL_GPL(lf_flow_end);

u64 lf_flow_id(const struct lf_flow *flow)
{
	return flow->id;
}
EXPORT_SYMBOL_GPL(lf_flow_id);

/*
 * Replace the pin: from (NULL: none) by to, whose reference the flow takes
 * over. False if the flow has another pin or has ended.
 */
static bool lf_flow_replace(struct lf_flow *flow, struct lf_snapshot *from,
			    struct lf_snapshot *to)
{
	bool done = false;

	spin_lock_bh(&flow->lock);
	if (!flow->ended && rcu_access_pointer(flow->snap) == from) {
		rcu_assign_pointer(flow->snap, to);
		done = true;
	}
	spin_unlock_bh(&flow->lock);
	return done;
}

bool lf_flow_ready(struct lf_flow *flow)
{
	struct lf_snapshot *snap;

	if (rcu_access_pointer(flow->snap))
		return true;
	snap = lf_flow_choose(flow);
	if (!snap)
		return false;
	if (!lf_flow_replace(flow, NULL, snap))
		lf_snapshot_put(snap);
	return true;
}
EXPORT_SYMBOL_GPL(lf_flow_ready);

/* Move one flow; the old pin is put later. Callers hold lf_mutex. */
static bool lf_flow_move(struct lf_flow *flow, struct lf_snapshot *to)
{
	struct lf_snapshot *old = rcu_access_pointer(flow->snap);

	if (old == to || (to && !lf_snapshot_get(to)))
		return false;
	/* Only the flow itself competes: it ends, or adopts when it has none. */
	if (!lf_flow_replace(flow, old, to)) {
		if (to)
			lf_snapshot_put(to);
		return false;
	}
	if (old)
		old->moved++;
	return true;
}

static void lf_flow_put_moved(void)
{
	struct lf_snapshot *snap;

	list_for_each_entry(snap, &lf_snapshots, list) {
		if (snap->moved)
			lf_snapshot_put_rcu(snap, snap->moved);
		snap->moved = 0;
	}
}

/*
 * Move all flows of an app (from: only those pinned to it) to a snapshot; NULL
 * takes their pin away. Returns how many moved. Callers hold lf_mutex.
 */
u64 lf_flow_repin(struct lf_app *app, struct lf_snapshot *from,
		  struct lf_snapshot *to)
{
	struct lf_flow *flow;
	unsigned long id;
	u64 moved = 0;

	lockdep_assert_held(&lf_mutex);
	rcu_read_lock();
	xa_for_each(&app->flows, id, flow) {
		if (from && rcu_access_pointer(flow->snap) != from)
			continue;
		moved += lf_flow_move(flow, to);
	}
	rcu_read_unlock();
	lf_flow_put_moved();
	return moved;
}

/* -ENOENT: no such flow; else how many moved, 0 or 1. */
int lf_flow_repin_one(struct lf_app *app, u32 id, struct lf_snapshot *to)
{
	struct lf_flow *flow;
	int moved = -ENOENT;

	lockdep_assert_held(&lf_mutex);
	rcu_read_lock();
	flow = xa_load(&app->flows, id);
	if (flow)
		moved = lf_flow_move(flow, to);
	rcu_read_unlock();
	lf_flow_put_moved();
	return moved;
}

static void lf_count_add(struct lf_counts *c, enum lf_count what, s64 n)
{
	u64_stats_add(&c->n[what], n);
}

/* Q16.16 noise of the flow, if it explores. */
static s32 lf_flow_noise(struct lf_flow *flow, const struct lf_snapshot *snap,
			 s32 *sigma)
{
	*sigma = 0;
	if (!snap->params->sigma || !lf_daemon_attached() ||
	    lf_flow_share(flow, 2) >= READ_ONCE(lf_explore_share))
		return 0;
	*sigma = snap->params->sigma;
	return lf_explore_noise(&flow->noise, *sigma);
}

/* mean to out; -ERANGE if the network left the app's range. */
static int lf_flow_apply(struct lf_flow *flow, const struct lf_snapshot *snap,
			 struct lf_decision *d)
{
	const struct lf_app_desc *desc = flow->app->desc;
	int i;

	for (i = 0; i < desc->n_out; i++) {
		const struct lf_range *r = &desc->out[i];

		if (d->mean[i] < r->lo || d->mean[i] > r->hi)
			return -ERANGE;
		d->out[i] = clamp_t(s64, (s64)d->mean[i] +
				    lf_flow_noise(flow, snap, &d->sigma),
				    r->lo, r->hi);
	}
	return 0;
}

static bool lf_flow_stale(const struct lf_snapshot *snap)
{
	u32 limit_ms = READ_ONCE(lf_stale_ms);

	return limit_ms && time_after(jiffies, READ_ONCE(snap->active_since) +
				      msecs_to_jiffies(limit_ms));
}

int lf_flow_infer(struct lf_flow *flow, const s32 *in, struct lf_decision *d)
{
	struct lf_snapshot *snap;
	struct lf_counts *counts;
	int err;

	rcu_read_lock();
	snap = rcu_dereference(flow->snap);
	if (unlikely(!snap)) {
		err = -ENODATA;
		goto out;
	}
	if (unlikely(lf_flow_stale(snap))) {
		err = -ESTALE;
		goto out;
	}
	d->snapshot = snap->id;
	d->clipped = snap->desc->infer(snap->params, in, d->mean) > 0;
	err = lf_flow_apply(flow, snap, d);
	flow->inferences++;

	/* TCP also calls in process context with bottom halves enabled. */
	local_bh_disable();
	counts = this_cpu_ptr(snap->counts);
	u64_stats_update_begin(&counts->sync);
	lf_count_add(counts, LF_COUNT_INFERENCES, 1);
	lf_count_add(counts, LF_COUNT_CLIPPED, d->clipped);
	lf_count_add(counts, LF_COUNT_EXPLORED, !err && d->sigma);
	lf_count_add(counts, LF_COUNT_FAILED, !!err);
	u64_stats_update_end(&counts->sync);
	local_bh_enable();
	trace_liteflow_inference(flow->app->desc->name, flow->id, snap->id,
				 d->mean[0], d->out[0], err);
out:
	rcu_read_unlock();
	return err;
}
EXPORT_SYMBOL_GPL(lf_flow_infer);

static void lf_flow_count(struct lf_flow *flow, enum lf_count what, s64 value,
			  bool reward)
{
	struct lf_snapshot *snap;
	struct lf_counts *counts;

	rcu_read_lock();
	snap = rcu_dereference(flow->snap);
	if (snap) {
		local_bh_disable();
		counts = this_cpu_ptr(snap->counts);
		u64_stats_update_begin(&counts->sync);
		lf_count_add(counts, what, value);
		lf_count_add(counts, LF_COUNT_REWARDS, reward);
		u64_stats_update_end(&counts->sync);
		local_bh_enable();
	}
	rcu_read_unlock();
}

void lf_flow_reward(struct lf_flow *flow, s32 reward)
{
	lf_flow_count(flow, LF_COUNT_REWARD_SUM, reward, true);
}
EXPORT_SYMBOL_GPL(lf_flow_reward);

void lf_flow_clamped(struct lf_flow *flow)
{
	lf_flow_count(flow, LF_COUNT_CLAMPED, 1, false);
}
EXPORT_SYMBOL_GPL(lf_flow_clamped);

void lf_flow_fallback(struct lf_flow *flow, enum lf_reason reason)
{
	struct lf_app *app = flow->app;

	WRITE_ONCE(flow->reason, reason);
	atomic64_inc(&app->fallbacks[reason]);
	trace_liteflow_fallback(app->desc->name, flow->id, reason);
	lf_app_queue_events(app);
}
EXPORT_SYMBOL_GPL(lf_flow_fallback);

void lf_flow_resume(struct lf_flow *flow)
{
	WRITE_ONCE(flow->reason, LF_REASON_NONE);
}
EXPORT_SYMBOL_GPL(lf_flow_resume);
