/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Snapshot: the integer form of a model, as a shape (const, compiled) and a
 * parameter set (data, replaceable over netlink).
 *
 * A generated C file defines one struct lf_snapshot_desc, lf_snapshot, and ends
 * with LF_SNAPSHOT_MODULE(lf_snapshot): in the kernel a module that registers
 * with liteflow.ko, in user space a shared object with lf_snapshot_get().
 *
 * A parameter set is a header and then one section per layer, in layer order,
 * each a multiple of 8 bytes, with no gaps:
 *   INPUT   struct lf_clip[n_out]
 *   LINEAR  struct lf_row[n_out], __s64 lane[(n_out + 1) / 2 * n_in]
 *   MAP     struct lf_row[n_out], __s32 weight[n_out], padding (zero) to 8
 *   COPY    nothing
 * Integers are little-endian; big-endian hosts are not supported.
 */
#ifndef _LITEFLOW_SNAPSHOT_H
#define _LITEFLOW_SNAPSHOT_H

#include "fixed.h"

#define LF_ABI			2
#define LF_PARAMS_MAGIC		0x3150464c	/* "LFP1" */
#define LF_PARAMS_MAX		61440	/* bytes: one netlink attribute */
#define LF_IN_MAX		128	/* application inputs */
#define LF_OUT_MAX		8	/* application outputs */
#define LF_SCRATCH_MAX		768	/* s16 on the stack of one inference */
#define LF_LAYERS_MAX		64
#define LF_SNAPSHOT_NAME_LEN	56	/* as MODULE_NAME_LEN on 64 bits */

/*
 * One step of a network. src and dst are element offsets into scratch; a layer
 * with act LF_ACT_OUT writes application outputs instead, is the last one, and
 * has dst 0. INPUT has n_in == n_out, src 0; MAP and COPY have n_in == n_out.
 */
struct lf_layer {
	__u8 op;	/* enum lf_op */
	__u8 act;	/* enum lf_act; LF_ACT_LINEAR for INPUT and COPY */
	__u16 n_in, n_out;
	__u16 src, dst;
};

struct lf_params {
	__u32 magic;	/* LF_PARAMS_MAGIC */
	__u16 abi;	/* LF_ABI */
	__u16 n_layers;
	__u64 shape;	/* lf_shape_id() of the layers it belongs to */
	__u32 bytes;	/* of all, this header included */
	__u32 crc;	/* CRC-32 (zlib) of all, with this field 0 */
	__s32 sigma;	/* exploration, Q16.16 standard deviation, >= 0 */
	__u32 reserved;	/* 0 */
};

/*
 * Evaluates a network. in: n_in application values (Q16.16), out: n_out.
 * Returns the number of inputs that were clipped. Any context, no locks, stack
 * of at most scratch * 2 bytes and a frame; params was verified before.
 */
typedef int (*lf_infer_fn)(const void *params, const __s32 *in, __s32 *out);

struct module;

struct lf_snapshot_desc {
	__u32 abi;			/* LF_ABI */
	const char *name;		/* "lf_<app>_<16 hex digits>" */
	const char *app;		/* who may run it */
	__u16 n_in, n_out;
	__u16 scratch;			/* s16 elements, <= LF_SCRATCH_MAX */
	__u16 n_layers;
	const struct lf_layer *layers;
	const struct lf_params *params;	/* the set it was emitted with */
	lf_infer_fn infer;
	struct module *owner;		/* NULL in user space */
};

/* Bytes of a layer's section of the parameter set; 0 for COPY. */
static inline __u32 lf_layer_bytes(const struct lf_layer *l)
{
	switch (l->op) {
	case LF_OP_INPUT:
		return l->n_out * (__u32)sizeof(struct lf_clip);
	case LF_OP_LINEAR:
		return l->n_out * (__u32)sizeof(struct lf_row) +
		       (l->n_out + 1u) / 2 * l->n_in * (__u32)sizeof(__s64);
	case LF_OP_MAP:
		return l->n_out * (__u32)sizeof(struct lf_row) +
		       (l->n_out + 1u) / 2 * (__u32)sizeof(__s64);
	default:
		return 0;
	}
}

/*
 * Where the weight of row i for input j stands among a LINEAR layer's lanes, in
 * the low (even rows) or high half: eight rows at a time have their four lanes
 * side by side for each input; the rest, and all of LF_ACT_OUT, lane by lane.
 */
static inline __u32 lf_lane_at(const struct lf_layer *l, __u32 i, __u32 j)
{
	__u32 pair = i / 2, block = pair & ~3u;

	if (l->act == LF_ACT_OUT || 2 * (block + 4) > l->n_out)
		return pair * l->n_in + j;
	return block * l->n_in + 4 * j + (pair & 3);
}

/*
 * Identity of a shape: FNV-1a over every layer's fields, 16 bits at a time,
 * low byte first. Two models of one architecture share it; it is no protection
 * (lf_params_verify() is).
 */
static inline __u64 lf_shape_id(const struct lf_layer *layers, int n)
{
	__u64 h = 0xcbf29ce484222325ULL;
	int i, j;

	for (i = 0; i < n; i++) {
		const __u16 field[] = { layers[i].op, layers[i].act,
					layers[i].n_in, layers[i].n_out,
					layers[i].src, layers[i].dst };

		for (j = 0; j < 12; j++) {
			h ^= (field[j / 2] >> (j & 1) * 8) & 0xff;
			h *= 0x100000001b3ULL;
		}
	}
	return h;
}

/*
 * Everything that must hold before infer() may run, proved from the layers and
 * the parameters alone. Pure: no locks, no allocation, any context. why, where
 * refused, is a static text that names the field; *where the layer (-1: none).
 */
struct lf_verdict {
	const char *why;	/* NULL: accepted */
	int layer;
	__u32 macs;		/* multiply-accumulates of one inference */
};

#ifdef __cplusplus
extern "C" {
#endif
struct lf_verdict lf_shape_verify(const struct lf_snapshot_desc *desc);
struct lf_verdict lf_params_verify(const struct lf_snapshot_desc *desc,
				   const struct lf_params *params,
				   __u32 bytes);
#ifdef __cplusplus
}
#endif

#ifdef __KERNEL__
#include <linux/device/driver.h>
#include <linux/module.h>

int lf_snapshot_register(const struct lf_snapshot_desc *desc);
void lf_snapshot_unregister(const struct lf_snapshot_desc *desc);

#define LF_SNAPSHOT_MODULE(desc)					\
	module_driver(desc, lf_snapshot_register, lf_snapshot_unregister)

#else
#define THIS_MODULE ((struct module *)0)
#define MODULE_DESCRIPTION(text)	struct module
#define MODULE_LICENSE(text)		struct module

#define LF_SNAPSHOT_MODULE(desc)					\
const struct lf_snapshot_desc *desc##_get(void);			\
const struct lf_snapshot_desc *desc##_get(void)			\
{									\
	return &(desc);							\
}									\
struct module

#endif /* __KERNEL__ */
#endif /* _LITEFLOW_SNAPSHOT_H */
