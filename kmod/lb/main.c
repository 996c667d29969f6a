// SPDX-License-Identifier: GPL-2.0
/* Load balancing: module and apps. Read lb.h for the picture. */
#include <linux/module.h>

#include "lb.h"

struct lf_app *lf_lb_app;
struct lf_app *lf_lb_user_app;
struct lf_conn_table *lf_lb_conns;

static struct lf_range lf_lb_ranges[LF_LB_USER_PATHS * LF_LB_INPUTS];
static struct lf_range lf_lb_outputs[LF_LB_USER_PATHS];

static const struct lf_app_desc lf_lb_desc = {
	.name		= "lb",
	.owner		= THIS_MODULE,
	.n_in		= LF_LB_INPUTS,
	.n_out		= 1,
	.in		= lf_lb_ranges,
	.out		= lf_lb_outputs,
	.record_len	= sizeof(struct lf_lb_record),
};

/* All paths in one question; its flows are reported with the others. */
static const struct lf_app_desc lf_lb_user_desc = {
	.name		= "lb_user",
	.owner		= THIS_MODULE,
	.n_in		= LF_LB_USER_PATHS * LF_LB_INPUTS,
	.n_out		= LF_LB_USER_PATHS,
	.in		= lf_lb_ranges,
	.out		= lf_lb_outputs,
	.record_len	= sizeof(struct lf_lb_record),
};

static void __init lf_lb_set_ranges(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(lf_lb_ranges); i++) {
		int input = i % LF_LB_INPUTS;

		lf_lb_ranges[i] = (struct lf_range){
			0, input == LF_LB_LOSS || input == LF_LB_ECN ?
			   LF_ONE : LF_LOG2_MAX
		};
	}
	for (i = 0; i < ARRAY_SIZE(lf_lb_outputs); i++)
		lf_lb_outputs[i] = (struct lf_range){
			LF_LB_SCORE_MIN, LF_LB_SCORE_MAX
		};
}

static int __init lf_lb_register_apps(void)
{
	lf_lb_app = lf_app_register(&lf_lb_desc);
	if (IS_ERR(lf_lb_app))
		return PTR_ERR(lf_lb_app);
	lf_lb_user_app = lf_app_register(&lf_lb_user_desc);
	if (!IS_ERR(lf_lb_user_app))
		return 0;
	lf_app_unregister(lf_lb_app);
	return PTR_ERR(lf_lb_user_app);
}

static void lf_lb_unregister_apps(void)
{
	lf_app_unregister(lf_lb_user_app);
	lf_app_unregister(lf_lb_app);
}

static int __init lf_lb_init(void)
{
	int err;

	BUILD_BUG_ON(sizeof_field(struct lf_lb_record, state) !=
		     LF_LB_INPUTS * sizeof(s32));
	BUILD_BUG_ON(LF_LB_USER_PATHS > LF_OUT_MAX);
	lf_lb_set_ranges();
	err = lf_lb_sysctl_init();
	if (err)
		return err;
	err = lf_lb_register_apps();
	if (err)
		goto err_sysctl;
	err = lf_lb_path_init();
	if (err)
		goto err_apps;
	lf_lb_conns = lf_conn_table_create(&lf_lb_conn_ops);
	if (IS_ERR(lf_lb_conns)) {
		err = PTR_ERR(lf_lb_conns);
		goto err_paths;
	}
	err = lf_hook_add(&lf_lb_hook);
	if (err)
		goto err_conns;
	err = lf_lb_netlink_init();
	if (err)
		goto err_hook;
	return 0;

err_hook:
	lf_hook_del(&lf_lb_hook);
err_conns:
	lf_conn_table_destroy(lf_lb_conns);
err_paths:
	lf_lb_path_exit();
err_apps:
	lf_lb_unregister_apps();
err_sysctl:
	lf_lb_sysctl_exit();
	return err;
}

static void __exit lf_lb_exit(void)
{
	lf_lb_netlink_exit();
	lf_hook_del(&lf_lb_hook);
	lf_conn_table_destroy(lf_lb_conns);
	lf_lb_path_exit();
	lf_lb_unregister_apps();
	lf_lb_sysctl_exit();
}

module_init(lf_lb_init);
module_exit(lf_lb_exit);

MODULE_DESCRIPTION("LiteFlow load balancing");
MODULE_LICENSE("GPL");
