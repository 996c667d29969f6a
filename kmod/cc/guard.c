// SPDX-License-Identifier: GPL-2.0
/*
 * Guard: is the network still steering, or has it lost the path? Judged once in
 * an interval, within a second, whatever user space does:
 *   collapse  it delivers less than guard_rate % of the most it did in the last
 *             10 to 20 s, by its own choice: it also asks for no more
 *   runaway   RTT above guard_rtt times the least one (and 20 ms more); so also
 *             where only the socket's buffers bound what is in flight
 * A condition must hold for LF_CC_GUARD_US before the flow falls back.
 */
#include "cc.h"

#define LF_CC_GUARD_US		(500 * USEC_PER_MSEC)
#define LF_CC_GUARD_RTT_US	(20 * USEC_PER_MSEC)

static bool lf_cc_bad_for(u64 *bad_us, bool bad, u32 duration_us)
{
	*bad_us = bad ? *bad_us + duration_us : 0;
	return *bad_us >= LF_CC_GUARD_US;
}

/* The most delivered in the last 10 to 20 s. */
void lf_cc_guard_peak(struct lf_cc *cc, u64 delivered_rate, u64 now_us)
{
	if (now_us - cc->peak_epoch_us > LF_AURORA_BASE_US) {
		cc->peak[1] = cc->peak[0];
		cc->peak[0] = 0;
		cc->peak_epoch_us = now_us;
	}
	cc->peak[0] = max(cc->peak[0], delivered_rate);
}

static u64 lf_cc_wall_us(u64 now_us)
{
	return ktime_to_us(ktime_mono_to_real(ns_to_ktime(now_us *
							  NSEC_PER_USEC)));
}

/*
 * An interval enters the state. If the path turns out to have become longer, the
 * guard forgets what an earlier path carried.
 */
void lf_cc_observe(struct lf_cc *cc, const struct lf_measure *m,
		   u64 delivered_rate, u64 now_us)
{
	lf_aurora_observe(&cc->aurora, m, now_us);
	if (cc->phase != LF_CC_NETWORK ||
	    !lf_aurora_follow(&cc->aurora, m, delivered_rate, now_us,
			      lf_cc_wall_us(now_us)))
		return;
	cc->peak[0] = cc->aurora.trial.most;
	cc->peak[1] = 0;
	cc->bad_rate_us = 0;
	cc->bad_queue_us = 0;
}

enum lf_reason lf_cc_guard(struct lf_cc *cc, const struct lf_measure *m,
			   u64 delivered_rate)
{
	u64 peak = max(cc->peak[0], cc->peak[1]);
	u64 least = div_u64(peak * READ_ONCE(lf_cc_guard_rate), 100);
	u64 most_us = (u64)lf_aurora_base(&cc->aurora) *
		      READ_ONCE(lf_cc_guard_rtt) + LF_CC_GUARD_RTT_US;

	if (!m->limited &&
	    lf_cc_bad_for(&cc->bad_rate_us, delivered_rate < least &&
			  cc->rate < least, m->duration_us))
		return LF_REASON_GUARD_RATE;
	if (lf_cc_bad_for(&cc->bad_queue_us, m->rtt_us > most_us,
			  m->duration_us))
		return LF_REASON_GUARD_QUEUE;
	return LF_REASON_NONE;
}
