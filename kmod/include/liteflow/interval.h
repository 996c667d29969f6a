/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Monitor interval: what congestion control observes between two decisions.
 * One definition for tcp_liteflow.ko and for the link simulator that trains
 * its networks, so that both measure the same thing.
 *
 * An interval ends at the first ACK after max(srtt / 2, 1 ms) that brings its
 * RTT samples to LF_INTERVAL_SAMPLES, at the latest at the first ACK after
 * 2 srtt. Durations are measured, never nominal. RTT samples fall in two parts,
 * split by time at half the minimum length; whatever the split, the parts'
 * centres are half the duration apart, so that a steady slope gives
 *   inflation = (mean rtt of part 2 - mean rtt of part 1) / duration.
 */
#ifndef _LITEFLOW_INTERVAL_H
#define _LITEFLOW_INTERVAL_H

#include <linux/types.h>

#ifdef __KERNEL__
#include <linux/math64.h>
#define lf_div64(a, b)		div64_u64(a, b)
#define lf_div64_signed(a, b)	div64_s64(a, b)
#else
#include <stdbool.h>
#define lf_div64(a, b)		((__u64)(a) / (__u64)(b))
#define lf_div64_signed(a, b)	((__s64)(a) / (__s64)(b))
#endif

#define LF_INTERVAL_MIN_US	1000
#define LF_INTERVAL_SAMPLES	8
#define LF_ONE			65536		/* 1.0 in Q16.16 */

/* A connection's counters; they wrap, differences don't. */
struct lf_counters {
	__u64 now_us;
	__u32 sent;		/* segments handed to the path, with repeats */
	__u32 delivered;	/* segments acknowledged or selectively so */
	__u32 lost;		/* segments marked lost */
	__u32 ce;		/* delivered segments that came with CE */
};

struct lf_interval {
	struct lf_counters start;
	__u32 min_us, max_us;	/* length bounds, from srtt at its start */
	__u32 n[2];		/* RTT samples before and after the split */
	__u64 rtt_sum_us[2];
	bool limited;		/* the application or receiver held it back */
};

/* What came of it. Counts in segments, features in Q16.16. */
struct lf_measure {
	__u32 duration_us;	/* >= 1 */
	__u32 rtt_us;		/* mean; 0 without a sample */
	__u32 sent, delivered, lost, ce;
	__s32 inflation;	/* change of RTT per time; 0 if unmeasurable */
	__s32 send_ratio;	/* sent / delivered; 1 if nothing delivered */
	bool limited;
};

static inline void lf_interval_begin(struct lf_interval *it,
				     const struct lf_counters *now,
				     __u32 srtt_us)
{
	*it = (struct lf_interval){ .start = *now };
	it->min_us = srtt_us / 2 > LF_INTERVAL_MIN_US ? srtt_us / 2 :
							LF_INTERVAL_MIN_US;
	it->max_us = srtt_us < 0x3fffffff ? 2 * srtt_us : 0x7fffffff;
	if (it->max_us < 2 * it->min_us)
		it->max_us = 2 * it->min_us;
}

/*
 * Feed one ACK: rtt_us is its sample, 0 or less for none. Returns true when the
 * interval is over; the caller then measures it and begins the next one.
 */
static inline bool lf_interval_ack(struct lf_interval *it,
				   const struct lf_counters *now, __s64 rtt_us,
				   bool limited)
{
	__u64 age_us = now->now_us - it->start.now_us;

	if (rtt_us > 0) {
		int part = age_us > it->min_us / 2;

		it->rtt_sum_us[part] += (__u64)rtt_us;
		it->n[part]++;
	}
	it->limited |= limited;
	if (age_us < it->min_us)
		return false;
	return it->n[0] + it->n[1] >= LF_INTERVAL_SAMPLES ||
	       age_us >= it->max_us;
}

static inline __s32 lf_clamp_q16(__s64 v)
{
	if (v > 0x7fffffffLL)
		return 0x7fffffff;
	if (v < -0x7fffffffLL)
		return -0x7fffffff;
	return (__s32)v;
}

static inline struct lf_measure lf_interval_end(const struct lf_interval *it,
						const struct lf_counters *now)
{
	__u64 age_us = now->now_us - it->start.now_us;
	__u32 n = it->n[0] + it->n[1];
	struct lf_measure m = {
		.duration_us = age_us > 0x7fffffff ? 0x7fffffff :
			       age_us ? (__u32)age_us : 1,
		.sent = now->sent - it->start.sent,
		.delivered = now->delivered - it->start.delivered,
		.lost = now->lost - it->start.lost,
		.ce = now->ce - it->start.ce,
		.send_ratio = LF_ONE,
		.limited = it->limited,
	};

	if (n)
		m.rtt_us = (__u32)lf_div64(it->rtt_sum_us[0] +
					   it->rtt_sum_us[1], n);
	if (it->n[0] >= 2 && it->n[1] >= 2) {
		__s64 rise_us = (__s64)lf_div64(it->rtt_sum_us[1], it->n[1]) -
				(__s64)lf_div64(it->rtt_sum_us[0], it->n[0]);

		m.inflation = lf_clamp_q16(lf_div64_signed(rise_us * LF_ONE,
							   m.duration_us));
	}
	if (m.delivered)
		m.send_ratio = lf_clamp_q16((__s64)lf_div64((__u64)m.sent *
							    LF_ONE,
							    m.delivered));
	return m;
}

/* Segments per interval as a rate in bytes per second. */
static inline __u64 lf_measure_rate(const struct lf_measure *m,
				    __u32 segments, __u32 mss)
{
	return lf_div64((__u64)segments * mss * 1000000, m->duration_us);
}

#endif /* _LITEFLOW_INTERVAL_H */
