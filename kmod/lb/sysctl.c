// SPDX-License-Identifier: GPL-2.0
/* net.liteflow.lb.*: see docs/sysctl.md. Valid for all network namespaces. */
#include <linux/sysctl.h>

#include "../compat/compat.h"
#include "lb.h"

unsigned int lf_lb_mode;
unsigned int lf_lb_choice;
unsigned int lf_lb_gap_us = 500;
unsigned int lf_lb_explore = 30;
unsigned int lf_lb_sharpness = 8;
unsigned int lf_lb_dead_ms = 5000;
unsigned int lf_lb_guard = 100;
unsigned int lf_lb_guard_hold_ms = 10000;

static unsigned int lf_lb_most_mode = __LF_LB_MODES - 1;
static unsigned int lf_lb_least_gap_us = 10;
static unsigned int lf_lb_most_gap_us = 60 * USEC_PER_SEC;
static unsigned int lf_lb_most_explore = 1000;
static unsigned int lf_lb_most_sharpness = 1000;
static unsigned int lf_lb_most_guard = 2000;
static unsigned int lf_lb_least_ms = 100;
static unsigned int lf_lb_most_ms = 3600 * 1000;

static struct ctl_table lf_lb_sysctl_table[] = {
	{
		.procname	= "mode",
		.data		= &lf_lb_mode,
		.maxlen		= sizeof(lf_lb_mode),
		.mode		= 0644,
		.proc_handler	= proc_douintvec_minmax,
		.extra1		= SYSCTL_ZERO,
		.extra2		= &lf_lb_most_mode,
	},
	{
		.procname	= "choice",
		.data		= &lf_lb_choice,
		.maxlen		= sizeof(lf_lb_choice),
		.mode		= 0644,
		.proc_handler	= proc_douintvec_minmax,
		.extra1		= SYSCTL_ZERO,
		.extra2		= SYSCTL_ONE,
	},
	{
		.procname	= "gap_us",
		.data		= &lf_lb_gap_us,
		.maxlen		= sizeof(lf_lb_gap_us),
		.mode		= 0644,
		.proc_handler	= proc_douintvec_minmax,
		.extra1		= &lf_lb_least_gap_us,
		.extra2		= &lf_lb_most_gap_us,
	},
	{
		.procname	= "explore",
		.data		= &lf_lb_explore,
		.maxlen		= sizeof(lf_lb_explore),
		.mode		= 0644,
		.proc_handler	= proc_douintvec_minmax,
		.extra1		= SYSCTL_ZERO,
		.extra2		= &lf_lb_most_explore,
	},
	{
		.procname	= "sharpness",
		.data		= &lf_lb_sharpness,
		.maxlen		= sizeof(lf_lb_sharpness),
		.mode		= 0644,
		.proc_handler	= proc_douintvec_minmax,
		.extra1		= SYSCTL_ZERO,
		.extra2		= &lf_lb_most_sharpness,
	},
	{
		.procname	= "dead_ms",
		.data		= &lf_lb_dead_ms,
		.maxlen		= sizeof(lf_lb_dead_ms),
		.mode		= 0644,
		.proc_handler	= proc_douintvec_minmax,
		.extra1		= &lf_lb_least_ms,
		.extra2		= &lf_lb_most_ms,
	},
	{
		.procname	= "guard",
		.data		= &lf_lb_guard,
		.maxlen		= sizeof(lf_lb_guard),
		.mode		= 0644,
		.proc_handler	= proc_douintvec_minmax,
		.extra1		= SYSCTL_ZERO,
		.extra2		= &lf_lb_most_guard,
	},
	{
		.procname	= "guard_hold_ms",
		.data		= &lf_lb_guard_hold_ms,
		.maxlen		= sizeof(lf_lb_guard_hold_ms),
		.mode		= 0644,
		.proc_handler	= proc_douintvec_minmax,
		.extra1		= &lf_lb_least_ms,
		.extra2		= &lf_lb_most_ms,
	},
	LF_SYSCTL_END
};

static struct ctl_table_header *lf_lb_sysctl_header;

int lf_lb_sysctl_init(void)
{
	lf_lb_sysctl_header = register_net_sysctl(&init_net, "net/liteflow/lb",
						  lf_lb_sysctl_table);
	return lf_lb_sysctl_header ? 0 : -ENOMEM;
}

void lf_lb_sysctl_exit(void)
{
	unregister_net_sysctl_table(lf_lb_sysctl_header);
}
