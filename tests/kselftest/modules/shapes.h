/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Hand-made networks, for the test modules and for the programs that load
 * parameters for them:
 *   constant  INPUT n_in - LINEAR n_out, all weights 0: output i is bias i
 *   mixed     INPUT 4 - LINEAR 3 (tanh) - MAP 3 - COPY 3 - LINEAR 1
 * Whoever includes this defines lf_test_crc(data, bytes), zlib's CRC-32.
 */
#ifndef _LF_TEST_SHAPES_H
#define _LF_TEST_SHAPES_H

#include <liteflow/snapshot.h>

#ifndef LF_TEST_IN
#define LF_TEST_IN	30	/* inputs of a constant network */
#endif
#define LF_TEST_OUT	8	/* outputs, at most */
#define LF_TEST_ONE	65536	/* 1.0 in Q16.16 */

#define LF_TEST_CONSTANT(n_out) {					\
	{ LF_OP_INPUT, LF_ACT_LINEAR, LF_TEST_IN, LF_TEST_IN, 0, 0 },	\
	{ LF_OP_LINEAR, LF_ACT_OUT, LF_TEST_IN, n_out, 0, 0 },		\
}

#define LF_TEST_MIXED {							\
	{ LF_OP_INPUT, LF_ACT_LINEAR, 4, 4, 0, 0 },			\
	{ LF_OP_LINEAR, LF_ACT_TANH, 4, 3, 0, 4 },			\
	{ LF_OP_MAP, LF_ACT_LINEAR, 3, 3, 4, 4 },			\
	{ LF_OP_COPY, LF_ACT_LINEAR, 3, 3, 4, 8 },			\
	{ LF_OP_LINEAR, LF_ACT_OUT, 3, 1, 8, 0 },			\
}

/* Room for either. */
struct lf_test_constant {
	struct lf_params head;
	struct lf_clip clip[LF_TEST_IN];
	struct lf_row row[LF_TEST_OUT];
	__s64 lane[(LF_TEST_OUT + 1) / 2 * LF_TEST_IN];
};

struct lf_test_mixed {
	struct lf_params head;
	struct lf_clip clip[4];
	struct lf_row hidden[3];
	__s64 hidden_lane[2 * 4];
	struct lf_row scale[3];
	__s32 scale_weight[4];
	struct lf_row out;
	__s64 out_lane[3];
};

/* Fill in the head of a set whose sections are complete. */
static inline void lf_test_seal(struct lf_params *head,
				const struct lf_layer *layers, int n_layers,
				__s32 sigma)
{
	int i;

	*head = (struct lf_params){
		.magic = LF_PARAMS_MAGIC,
		.abi = LF_ABI,
		.n_layers = n_layers,
		.shape = lf_shape_id(layers, n_layers),
		.bytes = sizeof(*head),
		.sigma = sigma,
	};
	for (i = 0; i < n_layers; i++)
		head->bytes += lf_layer_bytes(&layers[i]);
	head->crc = lf_test_crc(head, head->bytes);
}

/* Requantises the accumulator to itself. */
static inline struct lf_row lf_test_row(__s32 bias)
{
	return (struct lf_row){
		.bias = bias, .mult = 2, .mult_neg = 2, .shift = 1,
	};
}

/* 0.5 to 2.0: meets every input range of the apps "cc" and "mocc". */
static inline void lf_test_clips(struct lf_clip *clip, int n)
{
	while (n--)
		clip[n] = (struct lf_clip){
			.lo = LF_TEST_ONE / 2, .hi = 2 * LF_TEST_ONE,
			.mid = LF_TEST_ONE, .mult = 1, .shift = 2,
		};
}

/* Output i is value * n_out + i, so that no two values share an output. */
static inline __u32 lf_test_constant_fill(struct lf_test_constant *set,
					  int n_out, __s32 value, __s32 sigma)
{
	const struct lf_layer layers[] = LF_TEST_CONSTANT(n_out);
	struct lf_row *row = set->row;
	__s64 *lane = (__s64 *)(row + n_out);
	int i;

	lf_test_clips(set->clip, LF_TEST_IN);
	for (i = 0; i < n_out; i++)
		row[i] = lf_test_row(value * n_out + i);
	for (i = 0; i < (n_out + 1) / 2 * LF_TEST_IN; i++)
		lane[i] = 0;
	lf_test_seal(&set->head, layers, 2, sigma);
	return set->head.bytes;
}

static inline int lf_test_constant_infer(const void *params, const __s32 *in,
					 __s32 *out, int n_out)
{
	const struct lf_test_constant *set = params;
	__s16 scratch[LF_TEST_IN];
	int clipped;

	clipped = lf_input(set->clip, in, scratch, LF_TEST_IN);
	lf_linear_out(set->row, scratch, out, LF_TEST_IN, n_out);
	return clipped;
}

static inline __u32 lf_test_mixed_fill(struct lf_test_mixed *set)
{
	static const struct lf_layer layers[] = LF_TEST_MIXED;
	int i;

	lf_test_clips(set->clip, 4);
	for (i = 0; i < 3; i++) {
		set->hidden[i] = lf_test_row(i - 1);
		set->hidden[i].shift = 4;
		set->scale[i] = lf_test_row(7 * i);
		set->scale_weight[i] = i + 1;
		set->out_lane[i] = i - 1;
	}
	for (i = 0; i < 4; i++) {
		/* Rows 0 and 1 share a lane; row 2 has none beside it. */
		set->hidden_lane[i] = (1 + i) + ((__s64)(2 - i) << 32);
		set->hidden_lane[4 + i] = 3 - i;
	}
	set->scale_weight[3] = 0;
	set->out = lf_test_row(11);
	lf_test_seal(&set->head, layers, 5, 0);
	return set->head.bytes;
}

static inline int lf_test_mixed_infer(const void *params, const __s32 *in,
				      __s32 *out)
{
	const struct lf_test_mixed *set = params;
	__s16 scratch[11];
	int clipped;

	clipped = lf_input(set->clip, in, scratch, 4);
	lf_linear(set->hidden, scratch, scratch + 4, 4, 3, LF_ACT_TANH);
	lf_map(set->scale, scratch + 4, scratch + 4, 3, LF_ACT_LINEAR);
	lf_copy(scratch + 4, scratch + 8, 3);
	lf_linear_out(&set->out, scratch + 8, out, 3, 1);
	return clipped;
}

#endif /* _LF_TEST_SHAPES_H */
