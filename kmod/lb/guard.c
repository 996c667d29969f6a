// SPDX-License-Identifier: GPL-2.0
/*
 * Guard: a network that sends flows past the path of the least RTT must be right
 * to do so. Of the flows that it decided, those that it sent elsewhere are
 * compared with those that it sent (or exploration did) the way that least RTT
 * would have: slower by more than is allowed, and the routing table chooses for
 * a while. Judged over windows of flows, by the mean of log2 slowdowns.
 */
#include <linux/jiffies.h>
#include <linux/math64.h>
#include <linux/spinlock.h>

#include "lb.h"

#define LF_LB_GUARD_WINDOW	128	/* flows */
#define LF_LB_GUARD_LEAST	16	/* of either kind, to compare them */

static DEFINE_SPINLOCK(lf_lb_guard_lock);
static u32 lf_lb_judged[2];		/* by whether they went elsewhere */
static s64 lf_lb_slowdown[2];		/* sums of log2, Q16.16 */
static unsigned long lf_lb_held_until;
static bool lf_lb_held;

/* Callers hold the lock. */
static bool lf_lb_guard_trips(void)
{
	u32 allowed = READ_ONCE(lf_lb_guard);
	s64 mean[2];
	int i;

	for (i = 0; i < 2; i++) {
		if (lf_lb_judged[i] < LF_LB_GUARD_LEAST)
			return false;
		mean[i] = div_s64(lf_lb_slowdown[i], lf_lb_judged[i]);
	}
	return allowed && mean[true] - mean[false] > allowed * LF_ONE / 100;
}

/* slowdown: log2, Q16.16. */
void lf_lb_guard_judge(bool elsewhere, s32 slowdown)
{
	spin_lock_bh(&lf_lb_guard_lock);
	lf_lb_slowdown[elsewhere] += slowdown;
	lf_lb_judged[elsewhere]++;
	if (lf_lb_judged[0] + lf_lb_judged[1] == LF_LB_GUARD_WINDOW) {
		if (lf_lb_guard_trips()) {
			lf_lb_held_until = jiffies +
				msecs_to_jiffies(lf_lb_guard_hold_ms);
			WRITE_ONCE(lf_lb_held, true);
		}
		memset(lf_lb_judged, 0, sizeof(lf_lb_judged));
		memset(lf_lb_slowdown, 0, sizeof(lf_lb_slowdown));
	}
	spin_unlock_bh(&lf_lb_guard_lock);
}

bool lf_lb_guard_holds(void)
{
	bool holds;

	if (likely(!READ_ONCE(lf_lb_held)))
		return false;
	spin_lock_bh(&lf_lb_guard_lock);
	holds = time_before(jiffies, lf_lb_held_until);
	WRITE_ONCE(lf_lb_held, holds);
	spin_unlock_bh(&lf_lb_guard_lock);
	return holds;
}
