/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Aurora's view of a connection and its answer (Jay et al., "A Deep
 * Reinforcement Learning Perspective on Internet Congestion Control", ICML
 * 2019), in fixed point. Shared by tcp_liteflow.ko and the link simulator.
 *
 * State: the last 10 monitor intervals, oldest first, each as
 *   latency inflation, latency ratio, send ratio
 * where the latency ratio is the interval's mean RTT over the least such mean
 * of the last 10 to 20 s (the paper: of the connection; a path that changed
 * would then look congested for ever). An interval that never was is (0, 1, 1).
 *
 * Action a: rate * (1 + 0.025 a) for a >= 0, rate / (1 - 0.025 a) otherwise.
 */
#ifndef _LITEFLOW_AURORA_H
#define _LITEFLOW_AURORA_H

#include "interval.h"

#define LF_AURORA_HISTORY	10
#define LF_AURORA_FEATURES	3
#define LF_AURORA_INPUTS	(LF_AURORA_HISTORY * LF_AURORA_FEATURES)
#define LF_AURORA_STEP		1638	/* 0.025 in Q16.16 */
#define LF_AURORA_ACTION_MAX	(32 * LF_ONE)	/* |a|: rate * 1.8 at most */
#define LF_AURORA_BASE_US	10000000	/* window of the least RTT */

/* Declared input ranges; a snapshot's clip ranges lie inside. Q16.16. */
#define LF_AURORA_INFLATION_MIN	(-1 * LF_ONE)
#define LF_AURORA_INFLATION_MAX	(10 * LF_ONE)
#define LF_AURORA_RATIO_MIN	(1 * LF_ONE)
#define LF_AURORA_RATIO_MAX	(10000 * LF_ONE)
#define LF_AURORA_SEND_MIN	0
#define LF_AURORA_SEND_MAX	(1000 * LF_ONE)

struct lf_aurora {
	__u64 epoch_us;			/* start of the current RTT window */
	__u32 base_us[2];		/* least mean RTT: this window, last */
	__s32 state[LF_AURORA_INPUTS];	/* oldest first */
};

static inline void lf_aurora_init(struct lf_aurora *au)
{
	int i;

	*au = (struct lf_aurora){ .base_us = { 0xffffffff, 0xffffffff } };
	for (i = 0; i < LF_AURORA_INPUTS; i += LF_AURORA_FEATURES) {
		au->state[i + 1] = LF_ONE;
		au->state[i + 2] = LF_ONE;
	}
}

/* Least mean RTT in microseconds; 0xffffffff before the first interval. */
static inline __u32 lf_aurora_base(const struct lf_aurora *au)
{
	return au->base_us[0] < au->base_us[1] ? au->base_us[0] :
						 au->base_us[1];
}

static inline __s32 lf_clamp(__s32 v, __s32 lo, __s32 hi)
{
	return v < lo ? lo : v > hi ? hi : v;
}

/* Shift the history and append an interval. */
static inline void lf_aurora_observe(struct lf_aurora *au,
				     const struct lf_measure *m, __u64 now_us)
{
	__s32 ratio = LF_ONE;
	int i;

	if (now_us - au->epoch_us > LF_AURORA_BASE_US) {
		au->base_us[1] = au->base_us[0];
		au->base_us[0] = 0xffffffff;
		au->epoch_us = now_us;
	}
	if (m->rtt_us) {
		if (m->rtt_us < au->base_us[0])
			au->base_us[0] = m->rtt_us;
		ratio = lf_clamp_q16((__s64)lf_div64((__u64)m->rtt_us * LF_ONE,
						     lf_aurora_base(au)));
	}
	for (i = 0; i < LF_AURORA_INPUTS - LF_AURORA_FEATURES; i++)
		au->state[i] = au->state[i + LF_AURORA_FEATURES];
	au->state[i] = lf_clamp(m->inflation, LF_AURORA_INFLATION_MIN,
				LF_AURORA_INFLATION_MAX);
	au->state[i + 1] = lf_clamp(ratio, LF_AURORA_RATIO_MIN,
				    LF_AURORA_RATIO_MAX);
	au->state[i + 2] = lf_clamp(m->send_ratio, LF_AURORA_SEND_MIN,
				    LF_AURORA_SEND_MAX);
}

/*
 * rate in bytes per second (< 2^44), action in Q16.16 within
 * +-LF_AURORA_ACTION_MAX.
 */
static inline __u64 lf_aurora_rate(__u64 rate, __s32 action)
{
	__u64 size = (__u64)(action < 0 ? -(__s64)action : action);
	__u64 factor = LF_ONE + (size * LF_AURORA_STEP >> 16);

	if (action >= 0)
		return rate * factor >> 16;
	return lf_div64(rate << 16, factor);
}

#endif /* _LITEFLOW_AURORA_H */
