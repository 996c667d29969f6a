/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Load balancing's view of a path: what the slowdown of a flow over it is
 * predicted from. Kernel, trainer and tests use this one definition.
 *
 * A path is judged by what this host's own flows saw of it, whatever their
 * congestion control. The network is asked once for each path that a flow may
 * take; its answer is the log2 of the slowdown, the time that the flow takes
 * over what it would take on an empty network.
 */
#ifndef _LITEFLOW_LB_H
#define _LITEFLOW_LB_H

#include <liteflow/log2.h>
#include <linux/types.h>

/*
 * The inputs, Q16.16. Where it says log2 they are lf_log2() of bytes,
 * microseconds or numbers, else shares from 0 to 1. All but the last are the
 * path's. What no flow tells of any more is halved every LF_LB_HALF_LIFE_US, but
 * for best rates, which are those of the last half minute or more: a path that is
 * avoided because it is slow must not seem a good one as soon as its queue has gone.
 * RTTs are smoothed. What compares with other paths is 0 where nothing is known.
 */
enum lf_lb_input {
	LF_LB_LONGER,		/* log2 of RTT over the least of any path */
	LF_LB_QUEUE,		/* log2 of RTT over least RTT */
	LF_LB_LOSS,		/* share of segments lost */
	LF_LB_ECN,		/* share of delivered segments marked */
	LF_LB_RATE,		/* log2, bytes/s that this host delivers */
	LF_LB_FLOWS,		/* log2, flows in a window that send over it */
	LF_LB_IN_FLIGHT,	/* log2, bytes that these have outstanding */
	LF_LB_SLOWER,		/* log2, best rate of a flow on any path over this */
	LF_LB_CAPACITY,		/* log2 of the declared weight */
	LF_LB_AGE,		/* log2, since a flow told of it; none has: the most */
	LF_LB_SIZE,		/* log2, bytes of the flow that wait; 0: SYN */
	__LF_LB_INPUTS
};

#define LF_LB_INPUTS		__LF_LB_INPUTS
#define LF_LB_SCORE_MIN		(-4 * 65536)	/* answers outside are none */
#define LF_LB_SCORE_MAX		(20 * 65536)

#define LF_LB_WINDOW_US		20000
#define LF_LB_HALF_LIFE_US	524288		/* half a second */
#define LF_LB_AGE_MOST_US	33554432	/* half a minute: older is unknown */

/*
 * 2^-x in Q16.16 for x >= 0. Between powers of two 1 - 0.67 f + 0.17 f^2: less
 * than 0.3 % off (and the last bit), monotonic.
 */
static inline __u32 lf_exp2_neg(__u32 x)
{
	__u64 f = x & 0xffff;
	__u32 y;

	if (x >> 16 > 16)
		return 0;
	y = 65536 - (f * ((43909ULL << 16) - 11141 * f) >> 32);
	return y >> (x >> 16);
}

#endif /* _LITEFLOW_LB_H */
