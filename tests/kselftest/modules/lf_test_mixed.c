// SPDX-License-Identifier: GPL-2.0
/* A snapshot with a layer of every kind, for the app "mixed" (4 inputs, 1). */
#include <linux/crc32.h>
#include <linux/module.h>

#define lf_test_crc(data, bytes)	(~crc32_le(~0, (const u8 *)(data), bytes))
#include "shapes.h"

static struct lf_test_mixed parameters;
static const struct lf_layer layers[] = LF_TEST_MIXED;

static const struct lf_snapshot_desc snapshot = {
	.abi = LF_ABI,
	.name = KBUILD_MODNAME,
	.app = "mixed",
	.n_in = 4,
	.n_out = 1,
	.scratch = 11,
	.n_layers = ARRAY_SIZE(layers),
	.layers = layers,
	.params = &parameters.head,
	.infer = lf_test_mixed_infer,
	.owner = THIS_MODULE,
};

static int __init mixed_init(void)
{
	lf_test_mixed_fill(&parameters);
	return lf_snapshot_register(&snapshot);
}

static void __exit mixed_exit(void)
{
	lf_snapshot_unregister(&snapshot);
}

module_init(mixed_init);
module_exit(mixed_exit);

MODULE_DESCRIPTION("LiteFlow test: a network with every kind of layer");
MODULE_LICENSE("GPL");
