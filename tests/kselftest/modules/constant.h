/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A snapshot module with a constant network, named by its file. The includer
 * defines TEST_APP, TEST_OUT (outputs) and TEST_VALUE; and, for an output that
 * falls and rises with an input, TEST_INPUT: by as much as that, within 0.5
 * to 2.0; or, if it answers by a function of its own, TEST_INFER.
 */
#include <linux/crc32.h>
#include <linux/module.h>

#define lf_test_crc(data, bytes)	(~crc32_le(~0, (const u8 *)(data), bytes))
#include "shapes.h"

static struct lf_test_constant parameters;
static const struct lf_layer layers[] = LF_TEST_CONSTANT(TEST_OUT);

#ifndef TEST_INFER
static int infer(const void *params, const __s32 *in, __s32 *out)
{
	return lf_test_constant_infer(params, in, out, TEST_OUT);
}

#define TEST_INFER infer
#endif

static const struct lf_snapshot_desc snapshot = {
	.abi = LF_ABI,
	.name = KBUILD_MODNAME,
	.app = TEST_APP,
	.n_in = LF_TEST_IN,
	.n_out = TEST_OUT,
	.scratch = LF_TEST_IN,
	.n_layers = ARRAY_SIZE(layers),
	.layers = layers,
	.params = &parameters.head,
	.infer = TEST_INFER,
	.owner = THIS_MODULE,
};

static int __init constant_init(void)
{
	lf_test_constant_fill(&parameters, TEST_OUT, TEST_VALUE, 0);
#ifdef TEST_INPUT
	/* Activations are quarters. */
	((__s64 *)(parameters.row + TEST_OUT))[TEST_INPUT] = 4;
	lf_test_seal(&parameters.head, layers, ARRAY_SIZE(layers), 0);
#endif
	return lf_snapshot_register(&snapshot);
}

static void __exit constant_exit(void)
{
	lf_snapshot_unregister(&snapshot);
}

module_init(constant_init);
module_exit(constant_exit);

MODULE_DESCRIPTION("LiteFlow test: a constant network");
MODULE_LICENSE("GPL");
