// SPDX-License-Identifier: GPL-2.0
/*
 * Guard: a network that sends flows past the path of the least RTT must be right
 * to do so. A flow's excess is its log2 slowdown over what was predicted of its
 * path. If the flows that were sent elsewhere exceed their predictions by more
 * than those that went (or that exploration sent) the way of the least RTT, then
 * by that much they were promised too much there; more than is allowed, and the
 * routing table chooses for a while. What burdens all flows, or is only to be
 * expected of long ones, is in both and cancels out.
 *
 * Judged over windows of flows, whose slowdowns differ a lot: the difference of
 * the means counts but for LF_LB_GUARD_DOUBT standard errors.
 */
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/spinlock.h>

#include "lb.h"

#define LF_LB_GUARD_WINDOW	128	/* flows */
#define LF_LB_GUARD_LEAST	16	/* of either kind, to compare them */
#define LF_LB_GUARD_DOUBT	3

/* In hundredths of a doubling; none is beyond 3600, so that squares fit. */
struct lf_lb_excess {
	s32 n;
	s64 sum, squares;
};

static DEFINE_SPINLOCK(lf_lb_guard_lock);
static struct lf_lb_excess lf_lb_excess[2];	/* by whether they went elsewhere */
static unsigned long lf_lb_held_until;
static bool lf_lb_held;

/* The square of the standard error of the mean, of two at least. */
static u64 lf_lb_doubt(const struct lf_lb_excess *e)
{
	s64 spread = e->squares - div_s64(e->sum * e->sum, e->n);

	return div_u64(max_t(s64, spread, 0), e->n * (e->n - 1));
}

/* Callers hold the lock. */
static bool lf_lb_guard_trips(void)
{
	const struct lf_lb_excess *least = &lf_lb_excess[false];
	const struct lf_lb_excess *elsewhere = &lf_lb_excess[true];
	s64 allowed = READ_ONCE(lf_lb_guard), more;

	if (!allowed || least->n < LF_LB_GUARD_LEAST ||
	    elsewhere->n < LF_LB_GUARD_LEAST)
		return false;
	more = div_s64(elsewhere->sum, elsewhere->n) -
	       div_s64(least->sum, least->n);
	return more > allowed + LF_LB_GUARD_DOUBT *
	       (s64)int_sqrt64(lf_lb_doubt(least) + lf_lb_doubt(elsewhere));
}

/* slowdown, predicted: log2, Q16.16. */
void lf_lb_guard_judge(bool elsewhere, s32 slowdown, s32 predicted)
{
	struct lf_lb_excess *e = &lf_lb_excess[elsewhere];
	s64 excess = div_s64(100LL * (slowdown - predicted), LF_ONE);

	spin_lock_bh(&lf_lb_guard_lock);
	e->n++;
	e->sum += excess;
	e->squares += excess * excess;
	if (lf_lb_excess[0].n + lf_lb_excess[1].n == LF_LB_GUARD_WINDOW) {
		if (lf_lb_guard_trips()) {
			lf_lb_held_until = jiffies +
				msecs_to_jiffies(lf_lb_guard_hold_ms);
			WRITE_ONCE(lf_lb_held, true);
		}
		memset(lf_lb_excess, 0, sizeof(lf_lb_excess));
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
