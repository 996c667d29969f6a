/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Fixed-point arithmetic of a quantised network.
 *
 * One definition for the kernel, for generated snapshots built in user space
 * and for the interpreter of the code generator: the same integers everywhere.
 *
 * Formats
 *   application values   s32, Q16.16 (LF_FRAC fractional bits)
 *   activations          s16 in [-LF_ACT_MAX, LF_ACT_MAX]; each channel has a
 *                        scale of its own, folded into the weights that read it
 *   weights              s16 in [-LF_ACT_MAX, LF_ACT_MAX], scale per row
 *   accumulators         s32, exact: a parameter set is accepted only after
 *                        lf_params_verify() proved for every row that
 *                        sum|w| * LF_ACT_MAX + |bias| <= S32_MAX
 *
 * Requantisation is round-half-up of acc * mult / 2^shift, then saturation.
 * Right shifts of negative values are arithmetic (gcc and clang define them so).
 *
 * Two rows share one 64-bit multiplication: a lane pair holds w0 + (w1 << 32),
 * so that sum(lane * x) = acc0 + (acc1 << 32) modulo 2^64. The low half is
 * exact modulo 2^32, the high half after the borrow of a negative low half is
 * given back; both proved bounds make the result exact.
 */
#ifndef _LITEFLOW_FIXED_H
#define _LITEFLOW_FIXED_H

#include <linux/types.h>

#include "tanh_table.h"

#ifndef __KERNEL__
#include <sys/cdefs.h>		/* __always_inline */
#endif

#define LF_FRAC		16	/* fractional bits of application values */
#define LF_ACT_MAX	32767	/* activations and weights, both signs */
#define LF_SHIFT_MAX	62	/* largest requantisation shift */
#define LF_AHEAD	1024	/* bytes that parameters are fetched ahead */
#define LF_TANH_FRAC	12	/* tanh argument: s16, Q3.12, +-8 */

/* How an accumulator becomes the next layer's input. */
enum lf_act {
	/*
	 * y = sat16(acc * (acc < 0 ? mult_neg : mult) >> shift): identity with
	 * mult_neg == mult, ReLU with 0, leaky ReLU with slope * mult.
	 */
	LF_ACT_LINEAR,
	LF_ACT_TANH,	/* z = acc * mult >> shift is Q3.12; y = tanh(z), Q15 */
	LF_ACT_SIGMOID,	/* z holds half the argument; y is Q15 in [0, 1] */
	LF_ACT_OUT,	/* as LINEAR, but to an s32 Q16.16 application value */
	__LF_ACT_COUNT
};

enum lf_op {
	LF_OP_INPUT,	/* quantise all application inputs to scratch[dst..] */
	LF_OP_LINEAR,	/* rows x columns matrix, bias, activation */
	LF_OP_MAP,	/* per element: acc = x * w + bias, activation */
	LF_OP_COPY,	/* move elements to make a concatenation contiguous */
	__LF_OP_COUNT
};

/* One input's clip range; q = (clamp(x, lo, hi) - mid) * mult >> shift. */
struct lf_clip {
	__s32 lo, hi;	/* Q16.16; hi - lo in [1, S32_MAX] */
	__s32 mid;	/* in [lo, hi]; becomes activation 0 */
	__s32 mult;	/* >= 1 */
	__u32 shift;	/* 1 .. LF_SHIFT_MAX */
	__u32 reserved;	/* 0 */
};

/* What turns one row's sum of products into an output. */
struct lf_row {
	__s32 bias;	/* added to the accumulator */
	__s32 mult;	/* any sign: LF_ACT_OUT and negative constants */
	__s32 mult_neg;	/* for acc < 0; == mult where the activation is a table */
	__u32 shift;	/* 1 .. LF_SHIFT_MAX */
};

#define lf_unlikely(x)	__builtin_expect(!!(x), 0)

/* A variable that is written before it is read, whatever the compiler's flags. */
#if __has_attribute(__uninitialized__)
#define lf_uninitialized __attribute__((__uninitialized__))
#else
#define lf_uninitialized
#endif

/* A hint: any address may be given. */
static __always_inline void lf_prefetch(const void *at)
{
#ifdef __x86_64__
	/* The builtin is nothing where SSE is off, as it is in a kernel. */
	asm volatile("prefetcht0 %0" : : "m" (*(const char *)at));
#else
	__builtin_prefetch(at);
#endif
}

/* Half is added after all shifts but one: the same integer, and no shift more. */
static __always_inline __s64 lf_scale(__s64 value, __s32 mult, __u32 shift)
{
	return ((value * mult >> (shift - 1)) + 1) >> 1;
}

static __always_inline __s16 lf_sat16(__s64 v)
{
	if (v > LF_ACT_MAX)
		return LF_ACT_MAX;
	if (v < -LF_ACT_MAX)
		return -LF_ACT_MAX;
	return (__s16)v;
}

static __always_inline __s32 lf_sat32(__s64 v)
{
	if (v > 0x7fffffffLL)
		return 0x7fffffff;
	if (v < -0x7fffffffLL)
		return -0x7fffffff;
	return (__s32)v;
}

/*
 * tanh(z / 4096) in Q15, z saturated to +-8: linear interpolation between 513
 * knots 1/32 apart. |error| <= 1.3e-4 (interpolation 9.4e-5, rounding of knots
 * and result 3.1e-5).
 */
static __always_inline __s32 lf_tanh(__s64 z)
{
	__u64 pos = (__u64)z + 32768;
	__s32 left, right;

	/* The table's ends are what it saturates to. */
	if (lf_unlikely(pos > 65535))
		pos = z < 0 ? 0 : 65535;
	left = lf_tanh_table[pos >> 7];
	right = lf_tanh_table[(pos >> 7) + 1];
	return left + (((right - left) * (__s32)(pos & 127) + 64) >> 7);
}

/* The sum of a row and its bias to an activation; act is a constant. */
static __always_inline __s16 lf_activate(__s32 acc, const struct lf_row *row,
					 enum lf_act act)
{
	switch (act) {
	case LF_ACT_TANH:
		return (__s16)lf_tanh(lf_scale(acc, row->mult, row->shift));
	case LF_ACT_SIGMOID:
		return (__s16)((lf_tanh(lf_scale(acc, row->mult, row->shift)) +
				32768) >> 1);
	default:
		return lf_sat16(lf_scale(acc, acc < 0 ? row->mult_neg :
					 row->mult, row->shift));
	}
}

/* The same to an application value. */
static __always_inline __s32 lf_output(__s32 acc, const struct lf_row *row)
{
	return lf_sat32(lf_scale(acc, acc < 0 ? row->mult_neg : row->mult,
				 row->shift));
}

/* Clamp and quantise n application values. Returns how many were clipped. */
static __always_inline int lf_input(const struct lf_clip *clip,
				    const __s32 *in, __s16 *dst, int n)
{
	int clipped = 0;
	int i;

	for (i = 0; i < n; i++) {
		__s32 x = in[i];

		lf_prefetch((const char *)clip + (i + 2) * 64);
		if (x < clip[i].lo) {
			x = clip[i].lo;
			clipped++;
		} else if (x > clip[i].hi) {
			x = clip[i].hi;
			clipped++;
		}
		/* Within s16: lf_params_verify() has tried both ends. */
		dst[i] = (__s16)lf_scale((__s64)x - clip[i].mid, clip[i].mult,
					 clip[i].shift);
	}
	return clipped;
}

/* Two rows' sums from one: the low half is exact, the high half lacks the
 * borrow of a negative low half.
 */
static __always_inline void lf_split(__u64 sum, __s32 *acc)
{
	acc[0] = (__s32)sum;
	acc[1] = (__s32)((sum - (__u64)(__s64)acc[0]) >> 32);
}

static __always_inline __u64 lf_lane(const __s64 *lane, const __s16 *src, int n)
{
	__u64 sum = 0;
	long i;

	for (i = 0; i < n; i++)
		sum += (__u64)lane[i] * (__u64)(__s64)src[i];
	return sum;
}

/*
 * Four lane pairs, side by side for each input, share its load and keep the
 * multiplier busy. A decision per round trip finds its parameters in no cache:
 * they are asked for ahead.
 */
static __always_inline void lf_lanes(const __s64 *lane, const __s16 *src, int n,
				     __u64 *sum)
{
	__u64 s0 = 0, s1 = 0, s2 = 0, s3 = 0;
	long i;

	for (i = 0; i < n; i++, lane += 4) {
		__u64 x = (__u64)(__s64)src[i];

		lf_prefetch((const char *)lane + LF_AHEAD);
		s0 += (__u64)lane[0] * x;
		s1 += (__u64)lane[1] * x;
		s2 += (__u64)lane[2] * x;
		s3 += (__u64)lane[3] * x;
	}
	sum[0] = s0;
	sum[1] = s1;
	sum[2] = s2;
	sum[3] = s3;
}

/* rows[n_out], then lanes as lf_lane_at() says; src and dst don't overlap. */
static __always_inline void lf_linear(const void *params, const __s16 *src,
				      __s16 *dst, int n_in, int n_out,
				      enum lf_act act)
{
	const struct lf_row *row = (const struct lf_row *)params;
	const __s64 *lane = (const __s64 *)(row + n_out);
	__u64 sum[4] lf_uninitialized;
	__s32 acc[2] lf_uninitialized;
	int i, k;

	for (i = n_out; i > 0; ) {
		int pairs = i < 8 ? 1 : 4;

		if (pairs == 4)
			lf_lanes(lane, src, n_in, sum);
		else
			sum[0] = lf_lane(lane, src, n_in);
		lane += pairs * n_in;
		for (k = 0; k < pairs; k++, i -= 2, row += 2, dst += 2) {
			lf_split(sum[k], acc);
			dst[0] = lf_activate(acc[0] + row[0].bias, &row[0],
					     act);
			if (i == 1)
				return;
			dst[1] = lf_activate(acc[1] + row[1].bias, &row[1],
					     act);
		}
	}
}

/* The same rows to application values (LF_ACT_OUT); there are few. */
static __always_inline void lf_linear_out(const void *params, const __s16 *src,
					  __s32 *out, int n_in, int n_out)
{
	const struct lf_row *row = (const struct lf_row *)params;
	const __s64 *lane = (const __s64 *)(row + n_out);
	__s32 acc[2] lf_uninitialized;
	int i;

	for (i = 0; i < n_out; i++) {
		if (!(i & 1)) {
			lf_split(lf_lane(lane, src, n_in), acc);
			lane += n_in;
		}
		out[i] = lf_output(acc[i & 1] + row[i].bias, &row[i]);
	}
}

/* rows[n], then __s32 weight[n] (padded to 8 bytes); dst may be src. */
static __always_inline void lf_map(const void *params, const __s16 *src,
				   __s16 *dst, int n, enum lf_act act)
{
	const struct lf_row *row = (const struct lf_row *)params;
	const __s32 *weight = (const __s32 *)(row + n);
	int i;

	for (i = 0; i < n; i++)
		dst[i] = lf_activate(src[i] * weight[i] + row[i].bias, &row[i],
				     act);
}

static __always_inline void lf_map_out(const void *params, const __s16 *src,
				       __s32 *out, int n)
{
	const struct lf_row *row = (const struct lf_row *)params;
	const __s32 *weight = (const __s32 *)(row + n);
	int i;

	for (i = 0; i < n; i++)
		out[i] = lf_output(src[i] * weight[i] + row[i].bias, &row[i]);
}

static __always_inline void lf_copy(const __s16 *src, __s16 *dst, int n)
{
	int i;

	for (i = 0; i < n; i++)
		dst[i] = src[i];
}

#endif /* _LITEFLOW_FIXED_H */
