/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A snapshot module with a constant network, named by its file. The includer
 * defines TEST_APP, TEST_OUT (outputs) and TEST_VALUE.
 */
#include <linux/crc32.h>
#include <linux/module.h>

#define lf_test_crc(data, bytes)	(~crc32_le(~0, (const u8 *)(data), bytes))
#include "shapes.h"

static struct lf_test_constant parameters;
static const struct lf_layer layers[] = LF_TEST_CONSTANT(TEST_OUT);

static int infer(const void *params, const __s32 *in, __s32 *out)
{
	return lf_test_constant_infer(params, in, out, TEST_OUT);
}

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
	.infer = infer,
	.owner = THIS_MODULE,
};

static int __init constant_init(void)
{
	lf_test_constant_fill(&parameters, TEST_OUT, TEST_VALUE, 0);
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
