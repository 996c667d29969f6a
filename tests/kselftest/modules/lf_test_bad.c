// SPDX-License-Identifier: GPL-2.0
/*
 * A snapshot module that must be refused. fault=: abi, app, name, inputs,
 * outputs, scratch, layers, operation, overlap, crc, missing (infer) or none.
 */
#include <linux/crc32.h>
#include <linux/module.h>

#define lf_test_crc(data, bytes)	(~crc32_le(~0, (const u8 *)(data), bytes))
#include "shapes.h"

static char *fault = "";
module_param(fault, charp, 0444);
MODULE_PARM_DESC(fault, "what is wrong with the snapshot");

static struct lf_test_mixed parameters;
static struct lf_layer layers[] = LF_TEST_MIXED;

static struct lf_snapshot_desc snapshot = {
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

static int __init bad_spoil(void)
{
	if (!strcmp(fault, "abi"))
		snapshot.abi++;
	else if (!strcmp(fault, "app"))
		snapshot.app = "nobody";
	else if (!strcmp(fault, "name"))
		snapshot.name = "a_name_that_is_longer_than_the_name_of_a_module_can_ever_be";
	else if (!strcmp(fault, "inputs"))
		snapshot.n_in = 3;
	else if (!strcmp(fault, "outputs"))
		snapshot.n_out = 2;
	else if (!strcmp(fault, "scratch"))
		snapshot.scratch = 10;
	else if (!strcmp(fault, "layers"))
		snapshot.n_layers = 1;
	else if (!strcmp(fault, "operation"))
		layers[2].op = 99;
	else if (!strcmp(fault, "overlap"))
		layers[1].dst = 2;
	else if (!strcmp(fault, "crc"))
		parameters.head.crc ^= 1;
	else if (!strcmp(fault, "missing"))
		snapshot.infer = NULL;
	else if (strcmp(fault, "none"))
		return -ENOPKG;
	return 0;
}

static int __init bad_init(void)
{
	int err;

	lf_test_mixed_fill(&parameters);
	err = bad_spoil();
	return err ?: lf_snapshot_register(&snapshot);
}

static void __exit bad_exit(void)
{
	lf_snapshot_unregister(&snapshot);
}

module_init(bad_init);
module_exit(bad_exit);

MODULE_DESCRIPTION("LiteFlow test: a snapshot that must be refused");
MODULE_LICENSE("GPL");
