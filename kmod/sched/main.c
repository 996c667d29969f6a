// SPDX-License-Identifier: GPL-2.0
/* Flow scheduling: module and app. Read sched.h for the picture. */
#include <linux/module.h>

#include "sched.h"

struct lf_app *lf_sched_app;
struct lf_conn_table *lf_sched_conns;

static struct lf_range lf_sched_ranges[LF_SCHED_INPUTS];

static const struct lf_range lf_sched_output = { 0, LF_SCHED_LOG_MAX };

static const struct lf_app_desc lf_sched_desc = {
	.name		= "sched",
	.owner		= THIS_MODULE,
	.n_in		= LF_SCHED_INPUTS,
	.n_out		= 1,
	.in		= lf_sched_ranges,
	.out		= &lf_sched_output,
	.record_len	= sizeof(struct lf_sched_record),
};

static void __init lf_sched_set_ranges(void)
{
	int i;

	for (i = 0; i < LF_SCHED_INPUTS; i++)
		lf_sched_ranges[i] = (struct lf_range){
			0, i < LF_SCHED_FIRST ? LF_SCHED_LOG_MAX : LF_ONE
		};
}

static int __init lf_sched_init(void)
{
	int err;

	BUILD_BUG_ON(sizeof_field(struct lf_sched_record, state) !=
		     LF_SCHED_INPUTS * sizeof(s32));
	lf_sched_set_ranges();
	err = lf_sched_history_init();
	if (err)
		return err;
	err = lf_sched_sysctl_init();
	if (err)
		goto err_history;
	lf_sched_app = lf_app_register(&lf_sched_desc);
	if (IS_ERR(lf_sched_app)) {
		err = PTR_ERR(lf_sched_app);
		goto err_sysctl;
	}
	lf_sched_conns = lf_conn_table_create(&lf_sched_conn_ops);
	if (IS_ERR(lf_sched_conns)) {
		err = PTR_ERR(lf_sched_conns);
		goto err_app;
	}
	err = lf_hook_add(&lf_sched_hook);
	if (err)
		goto err_conns;
	return 0;

err_conns:
	lf_conn_table_destroy(lf_sched_conns);
err_app:
	lf_app_unregister(lf_sched_app);
err_sysctl:
	lf_sched_sysctl_exit();
err_history:
	lf_sched_history_exit();
	return err;
}

static void __exit lf_sched_exit(void)
{
	lf_hook_del(&lf_sched_hook);
	lf_conn_table_destroy(lf_sched_conns);
	lf_app_unregister(lf_sched_app);
	lf_sched_sysctl_exit();
	lf_sched_history_exit();
}

module_init(lf_sched_init);
module_exit(lf_sched_exit);

MODULE_DESCRIPTION("LiteFlow flow scheduling");
MODULE_LICENSE("GPL");
