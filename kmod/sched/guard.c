// SPDX-License-Identifier: GPL-2.0
/*
 * Guard: a network whose predictions are worse than to say "as the one before"
 * does harm. Judged over windows of flows, when they end; while it holds, flows
 * have no band.
 */
#include <linux/jiffies.h>
#include <linux/spinlock.h>

#include "sched.h"

#define LF_SCHED_WINDOW		64	/* flows */

static DEFINE_SPINLOCK(lf_sched_guard_lock);
static u32 lf_sched_judged;
static s64 lf_sched_excess;		/* error beyond the baseline's, Q16.16 */
static unsigned long lf_sched_held_until;
static bool lf_sched_held;

/* Errors in Q16.16 halvings of the size. */
void lf_sched_guard_judge(s32 error, s32 baseline)
{
	u32 allowed = READ_ONCE(lf_sched_guard);

	spin_lock_bh(&lf_sched_guard_lock);
	lf_sched_excess += error - baseline;
	if (++lf_sched_judged == LF_SCHED_WINDOW) {
		if (allowed && lf_sched_excess >
			       (s64)LF_SCHED_WINDOW * LF_ONE * allowed) {
			lf_sched_held_until = jiffies +
				msecs_to_jiffies(lf_sched_guard_hold_ms);
			WRITE_ONCE(lf_sched_held, true);
		}
		lf_sched_judged = 0;
		lf_sched_excess = 0;
	}
	spin_unlock_bh(&lf_sched_guard_lock);
}

bool lf_sched_guard_holds(void)
{
	bool holds;

	if (likely(!READ_ONCE(lf_sched_held)))
		return false;
	spin_lock_bh(&lf_sched_guard_lock);
	holds = time_before(jiffies, lf_sched_held_until);
	WRITE_ONCE(lf_sched_held, holds);
	spin_unlock_bh(&lf_sched_guard_lock);
	return holds;
}
