// SPDX-License-Identifier: GPL-2.0
/*
 * liteflow.ko: integer networks for the kernel's datapath, trained and tuned in
 * user space, swapped while they run. Read core.h for the nouns.
 */
#include <linux/init.h>
#include <linux/module.h>
#include <net/genetlink.h>

#include "core.h"

/* Lists, roles, whatever netlink changes; see core.h. */
DEFINE_MUTEX(lf_mutex);
unsigned int lf_generation = 1;

static int __init liteflow_init(void)
{
	int err;

	/* Softirqs that can be preempted void the per-CPU rules below. */
	if (IS_ENABLED(CONFIG_PREEMPT_RT)) {
		pr_err("PREEMPT_RT kernels are not supported\n");
		return -EOPNOTSUPP;
	}
	err = lf_flow_init();
	if (err)
		return err;
	err = lf_sysctl_init();
	if (err)
		goto err_flow;
	err = lf_netlink_init();
	if (err)
		goto err_sysctl;
	return 0;

err_sysctl:
	lf_sysctl_exit();
err_flow:
	lf_flow_exit();
	return err;
}

/* No app or snapshot is left: each holds this module by its symbols. */
static void __exit liteflow_exit(void)
{
	lf_netlink_exit();
	lf_sysctl_exit();
	lf_flow_exit();
}

module_init(liteflow_init);
module_exit(liteflow_exit);

MODULE_DESCRIPTION("LiteFlow: learned decisions for the network datapath");
MODULE_LICENSE("GPL");
MODULE_ALIAS_GENL_FAMILY(LF_GENL_NAME);
