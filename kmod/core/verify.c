// SPDX-License-Identifier: GPL-2.0
/*
 * Proof that a parameter set can be run: pure functions, built into
 * liteflow.ko and into the code generator, fuzzed in user space.
 *
 * What is proved, for every input an application may give:
 *   - no load or store leaves the scratch array or the parameter set;
 *   - no accumulator leaves s32 (sum|w| * LF_ACT_MAX + |bias| <= S32_MAX per
 *     row; activations are saturated to +-LF_ACT_MAX by construction);
 *   - no intermediate product leaves s64 and no shift is out of range.
 */
#include <liteflow/snapshot.h>

#ifdef __KERNEL__
#include <linux/crc32.h>
#include <linux/limits.h>
#include <linux/string.h>
#include <linux/build_bug.h>

static __u32 lf_crc(__u32 crc, const void *data, __u32 bytes)
{
	return ~crc32_le(~crc, data, bytes);
}
#else
#include <assert.h>
#include <stddef.h>
#include <string.h>
#include <zlib.h>

#define S32_MAX 0x7fffffff
#define S32_MIN (-S32_MAX - 1)

static __u32 lf_crc(__u32 crc, const void *data, __u32 bytes)
{
	return (__u32)crc32(crc, (const unsigned char *)data, bytes);
}
#endif

/* The layout is wire format; a hole would leave bytes without a checksum. */
static_assert(sizeof(struct lf_params) == 32);
static_assert(sizeof(struct lf_clip) == 24);
static_assert(sizeof(struct lf_row) == 16);

static struct lf_verdict refuse(int layer, const char *why)
{
	return (struct lf_verdict){ .why = why, .layer = layer };
}

static const char *check_geometry(const struct lf_snapshot_desc *desc, int i)
{
	const struct lf_layer *l = &desc->layers[i];
	int last = i == desc->n_layers - 1;
	int out = l->act == LF_ACT_OUT;

	if (l->op >= __LF_OP_COUNT)
		return "unknown layer operation";
	if (l->act >= __LF_ACT_COUNT)
		return "unknown activation";
	if (!l->n_in || !l->n_out)
		return "layer without inputs or outputs";
	if (i ? l->op == LF_OP_INPUT : l->op != LF_OP_INPUT)
		return "the first layer, and no other, must be the input layer";
	if (out != last)
		return "the last layer, and no other, must write the outputs";
	if (l->op != LF_OP_LINEAR && l->n_in != l->n_out)
		return "layer must have as many outputs as inputs";
	if ((l->op == LF_OP_INPUT || l->op == LF_OP_COPY) &&
	    l->act != LF_ACT_LINEAR)
		return "input and copy layers have no activation";

	if (i == 0) {
		if (l->src || l->n_in != desc->n_in)
			return "input layer does not match the declared inputs";
	} else if (l->src + l->n_in > desc->scratch) {
		return "layer reads beyond its scratch";
	}
	if (out) {
		if (l->dst || l->n_out != desc->n_out)
			return "output layer does not match the declared outputs";
		return NULL;
	}
	if (l->dst + l->n_out > desc->scratch)
		return "layer writes beyond its scratch";
	/* In place is allowed element by element only. */
	if (i && !(l->op == LF_OP_MAP && l->dst == l->src) &&
	    l->dst < l->src + l->n_in && l->src < l->dst + l->n_out)
		return "layer overwrites its own input";
	return NULL;
}

struct lf_verdict lf_shape_verify(const struct lf_snapshot_desc *desc)
{
	struct lf_verdict v = { .layer = -1 };
	const char *why;
	int i;

	if (desc->abi != LF_ABI)
		return refuse(-1, "snapshot ABI version differs");
	if (!desc->name || !desc->app || !desc->layers || !desc->infer)
		return refuse(-1, "snapshot descriptor is incomplete");
	if (strnlen(desc->name, LF_SNAPSHOT_NAME_LEN) >= LF_SNAPSHOT_NAME_LEN)
		return refuse(-1, "snapshot name is too long");
	if (!desc->n_in || desc->n_in > LF_IN_MAX)
		return refuse(-1, "number of inputs out of range");
	if (!desc->n_out || desc->n_out > LF_OUT_MAX)
		return refuse(-1, "number of outputs out of range");
	if (!desc->scratch || desc->scratch > LF_SCRATCH_MAX)
		return refuse(-1, "scratch out of range");
	if (desc->n_layers < 2 || desc->n_layers > LF_LAYERS_MAX)
		return refuse(-1, "number of layers out of range");

	for (i = 0; i < desc->n_layers; i++) {
		const struct lf_layer *l = &desc->layers[i];

		why = check_geometry(desc, i);
		if (why)
			return refuse(i, why);
		if (l->op == LF_OP_LINEAR)
			v.macs += (__u32)l->n_in * l->n_out;
		else if (l->op == LF_OP_MAP)
			v.macs += l->n_out;
	}
	return v;
}

static const char *check_clip(const struct lf_clip *c)
{
	__s64 span = (__s64)c->hi - c->lo;

	if (span < 1 || span > S32_MAX)
		return "clip range is empty or too wide";
	if (c->mid < c->lo || c->mid > c->hi)
		return "clip range does not hold its zero point";
	if (c->mult < 1)
		return "clip multiplier out of range";
	if (!c->shift || c->shift > LF_SHIFT_MAX)
		return "clip shift out of range";
	if (lf_scale((__s64)c->lo - c->mid, c->mult, c->shift) < -LF_ACT_MAX ||
	    lf_scale((__s64)c->hi - c->mid, c->mult, c->shift) > LF_ACT_MAX)
		return "clip range exceeds an activation";
	if (c->reserved)
		return "reserved field of a clip range is not zero";
	return NULL;
}

/* magnitude: sum of |w| of the row. */
static const char *check_row(const struct lf_row *r, __s64 magnitude,
			     __u8 act)
{
	__s64 bias = r->bias < 0 ? -(__s64)r->bias : r->bias;

	if (magnitude * LF_ACT_MAX + bias > S32_MAX)
		return "accumulator bound exceeds 32 bits";
	if (!r->shift || r->shift > LF_SHIFT_MAX)
		return "row shift out of range";
	if (r->mult == S32_MIN || r->mult_neg == S32_MIN)
		return "row multiplier out of range";
	if ((act == LF_ACT_TANH || act == LF_ACT_SIGMOID) &&
	    r->mult != r->mult_neg)
		return "row has two multipliers for a table";
	return NULL;
}

static const char *check_linear(const struct lf_layer *l,
				const struct lf_row *row)
{
	const __s64 *lane = (const __s64 *)(row + l->n_out);
	const char *why;
	int i, j;

	for (i = 0; i < l->n_out; i += 2) {
		int pair = i + 1 < l->n_out;
		__s64 low = 0, high = 0;

		for (j = 0; j < l->n_in; j++) {
			__s32 w[2];

			lf_split((__u64)lane[lf_lane_at(l, i, j)], w);

			if (w[0] > LF_ACT_MAX || w[0] < -LF_ACT_MAX ||
			    w[1] > LF_ACT_MAX || w[1] < -LF_ACT_MAX)
				return "weight out of range";
			if (!pair && w[1])
				return "padding weight is not zero";
			low += w[0] < 0 ? -w[0] : w[0];
			high += w[1] < 0 ? -w[1] : w[1];
		}
		why = check_row(&row[i], low, l->act);
		if (!why && pair)
			why = check_row(&row[i + 1], high, l->act);
		if (why)
			return why;
	}
	return NULL;
}

static const char *check_map(const struct lf_layer *l,
			     const struct lf_row *row)
{
	const __s32 *weight = (const __s32 *)(row + l->n_out);
	const char *why;
	int i;

	for (i = 0; i < l->n_out; i++) {
		__s32 w = weight[i];

		if (w > LF_ACT_MAX || w < -LF_ACT_MAX)
			return "weight out of range";
		why = check_row(&row[i], w < 0 ? -w : w, l->act);
		if (why)
			return why;
	}
	if ((l->n_out & 1) && weight[l->n_out])
		return "padding is not zero";
	return NULL;
}

static const char *check_layer(const struct lf_layer *l, const void *section)
{
	const struct lf_clip *clip = section;
	const char *why = NULL;
	int i;

	switch (l->op) {
	case LF_OP_INPUT:
		for (i = 0; i < l->n_out && !why; i++)
			why = check_clip(&clip[i]);
		return why;
	case LF_OP_LINEAR:
		return check_linear(l, section);
	case LF_OP_MAP:
		return check_map(l, section);
	default:
		return NULL;
	}
}

static __u32 params_crc(const struct lf_params *params)
{
	struct lf_params head = *params;

	head.crc = 0;
	return lf_crc(lf_crc(0, &head, sizeof(head)), params + 1,
		      params->bytes - (__u32)sizeof(head));
}

struct lf_verdict lf_params_verify(const struct lf_snapshot_desc *desc,
				   const struct lf_params *params, __u32 bytes)
{
	struct lf_verdict v = lf_shape_verify(desc);
	__u32 at = sizeof(*params);
	__u32 want = at;
	const char *why;
	int i;

	if (v.why)
		return v;
	for (i = 0; i < desc->n_layers; i++)
		want += lf_layer_bytes(&desc->layers[i]);
	if (want > LF_PARAMS_MAX)
		return refuse(-1, "parameter set is too large");
	if (bytes < sizeof(*params))
		return refuse(-1, "parameter set is shorter than its header");
	if (params->magic != LF_PARAMS_MAGIC)
		return refuse(-1, "parameter set has no LFP1 magic");
	if (params->abi != LF_ABI)
		return refuse(-1, "parameter set ABI version differs");
	if (params->bytes != bytes || bytes != want)
		return refuse(-1, "parameter set length does not match the shape");
	if (params->n_layers != desc->n_layers ||
	    params->shape != lf_shape_id(desc->layers, desc->n_layers))
		return refuse(-1, "parameter set belongs to another shape");
	if (params->crc != params_crc(params))
		return refuse(-1, "parameter set checksum differs");
	if (params->sigma < 0)
		return refuse(-1, "exploration sigma is negative");
	if (params->reserved)
		return refuse(-1, "reserved field of the parameters is not zero");

	for (i = 0; i < desc->n_layers; i++) {
		const struct lf_layer *l = &desc->layers[i];

		why = check_layer(l, (const char *)params + at);
		if (why)
			return refuse(i, why);
		at += lf_layer_bytes(l);
	}
	return v;
}
