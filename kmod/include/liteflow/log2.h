/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Logarithms of sizes and times, for networks whose inputs span decades.
 */
#ifndef _LITEFLOW_LOG2_H
#define _LITEFLOW_LOG2_H

#include <linux/types.h>

#define LF_LOG2_MAX	(40 << 16)

/*
 * log2(1 + x) in Q16.16 for x < 2^40. Between powers of two f + 0.34 f (1 - f):
 * less than 0.01 off, monotonic.
 */
static inline __s32 lf_log2(__u64 x)
{
	__u32 f, n;

	if (x >> 40)
		return LF_LOG2_MAX;
	x++;
	n = 63 - __builtin_clzll(x);
	f = n <= 16 ? (x << (16 - n)) & 0xffff : (x >> (n - 16)) & 0xffff;
	f += ((((__u64)f * (65536 - f)) >> 16) * 22700) >> 16;
	return (__s32)((n << 16) + f);
}

#endif /* _LITEFLOW_LOG2_H */
