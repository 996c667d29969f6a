// SPDX-License-Identifier: GPL-2.0
/*
 * Health: which paths new flows are sent over.
 *
 *   up      ─ timeout ─▶ suspect ─ another ─▶ down
 *   suspect ─ delivery, or an RTO later ─▶ up
 *   down    ─ delivery ─▶ up; after dead_ms one flow tries it
 *
 * A flow leaves a path at its own timeout, and one that is down with its next
 * packet. A delivery counts only if the segments went over the path.
 */
#include <linux/jiffies.h>

#include "lb.h"

#define LF_LB_TIMEOUTS	2	/* without a delivery between them: down */

enum lf_lb_health lf_lb_health(const struct lf_lb_path *path)
{
	int timeouts = atomic_read(&path->timeouts);

	if (!timeouts)
		return LF_LB_HEALTH_UP;
	if (timeouts >= LF_LB_TIMEOUTS)
		return LF_LB_HEALTH_DOWN;
	return time_before(jiffies, READ_ONCE(path->failed_at) +
				    READ_ONCE(path->rto)) ?
	       LF_LB_HEALTH_SUSPECT : LF_LB_HEALTH_UP;
}

/* rto: of the flow, in jiffies. */
void lf_lb_timed_out(struct lf_lb_path *path, u32 rto)
{
	WRITE_ONCE(path->rto, rto);
	WRITE_ONCE(path->failed_at, jiffies);
	atomic_inc(&path->timeouts);
	atomic64_inc(&path->all_timeouts);
}

/* Its mark leads to no route. */
void lf_lb_unreachable(struct lf_lb_path *path)
{
	WRITE_ONCE(path->failed_at, jiffies);
	atomic_set(&path->timeouts, LF_LB_TIMEOUTS);
}

void lf_lb_alive(struct lf_lb_path *path)
{
	if (atomic_read(&path->timeouts))
		atomic_set(&path->timeouts, 0);
}

/* True for one caller in dead_ms. */
static bool lf_lb_claim(struct lf_lb_path *path)
{
	unsigned long dead = msecs_to_jiffies(READ_ONCE(lf_lb_dead_ms));
	unsigned long at = READ_ONCE(path->failed_at), now = jiffies;

	return time_after_eq(now, at + dead) &&
	       cmpxchg(&path->failed_at, at, now) == at;
}

static void lf_lb_gather(struct lf_lb_group *group,
			 const struct lf_lb_path *avoid, struct lf_lb_set *set)
{
	int i;

	for (i = 0; i < LF_LB_PATHS_MAX; i++) {
		struct lf_lb_path *path = rcu_dereference(group->path[i]);

		if (!path || path == avoid ||
		    (set->healthy && lf_lb_health(path) != LF_LB_HEALTH_UP))
			continue;
		set->path[set->n] = path;
		set->slot[set->n++] = i;
	}
}

/* All but avoid, which the flow has to leave; those that are up, if any is. */
void lf_lb_collect(struct lf_lb_group *group, const struct lf_lb_path *avoid,
		   u64 now_us, struct lf_lb_set *set)
{
	set->n = 0;
	set->healthy = true;
	set->best = lf_lb_best(group, now_us);
	set->snapshot = 0;
	set->clipped = false;
	lf_lb_gather(group, avoid, set);
	if (set->n)
		return;
	set->healthy = false;
	lf_lb_gather(group, avoid, set);
}

/* One that is down, and due to be tried. */
struct lf_lb_path *lf_lb_probe(struct lf_lb_group *group)
{
	int i;

	for (i = 0; i < LF_LB_PATHS_MAX; i++) {
		struct lf_lb_path *path = rcu_dereference(group->path[i]);

		if (path && lf_lb_health(path) == LF_LB_HEALTH_DOWN &&
		    lf_lb_claim(path))
			return path;
	}
	return NULL;
}
