// SPDX-License-Identifier: GPL-2.0
/* net.liteflow.cc.*: see docs/sysctl.md. Valid for all network namespaces. */
#include <linux/sysctl.h>

#include "../compat/compat.h"
#include "cc.h"

unsigned int lf_cc_guard_rate = 10;
unsigned int lf_cc_guard_rtt = 8;
unsigned int lf_cc_guard_hold_ms = 10000;
unsigned int lf_cc_user_ms;
unsigned int lf_cc_clamp = 1;

static unsigned int lf_cc_two = 2;
static unsigned int lf_cc_hundred = 100;
static unsigned int lf_cc_thousand = 1000;
static unsigned int lf_cc_hold_least_ms = 100;
static unsigned int lf_cc_hold_most_ms = 3600 * 1000;

static struct ctl_table lf_cc_sysctl_table[] = {
	{
		.procname	= "guard_rate",
		.data		= &lf_cc_guard_rate,
		.maxlen		= sizeof(lf_cc_guard_rate),
		.mode		= 0644,
		.proc_handler	= proc_douintvec_minmax,
		.extra1		= SYSCTL_ZERO,
		.extra2		= &lf_cc_hundred,
	},
	{
		.procname	= "guard_rtt",
		.data		= &lf_cc_guard_rtt,
		.maxlen		= sizeof(lf_cc_guard_rtt),
		.mode		= 0644,
		.proc_handler	= proc_douintvec_minmax,
		.extra1		= &lf_cc_two,
		.extra2		= &lf_cc_thousand,
	},
	{
		.procname	= "guard_hold_ms",
		.data		= &lf_cc_guard_hold_ms,
		.maxlen		= sizeof(lf_cc_guard_hold_ms),
		.mode		= 0644,
		.proc_handler	= proc_douintvec_minmax,
		.extra1		= &lf_cc_hold_least_ms,
		.extra2		= &lf_cc_hold_most_ms,
	},
	{
		.procname	= "user_ms",
		.data		= &lf_cc_user_ms,
		.maxlen		= sizeof(lf_cc_user_ms),
		.mode		= 0644,
		.proc_handler	= proc_douintvec_minmax,
		.extra1		= SYSCTL_ZERO,
		.extra2		= &lf_cc_thousand,
	},
	{
		.procname	= "clamp",
		.data		= &lf_cc_clamp,
		.maxlen		= sizeof(lf_cc_clamp),
		.mode		= 0644,
		.proc_handler	= proc_douintvec_minmax,
		.extra1		= SYSCTL_ZERO,
		.extra2		= SYSCTL_ONE,
	},
	LF_SYSCTL_END
};

static struct ctl_table_header *lf_cc_sysctl_header;

int lf_cc_sysctl_init(void)
{
	lf_cc_sysctl_header = register_net_sysctl(&init_net, "net/liteflow/cc",
						  lf_cc_sysctl_table);
	return lf_cc_sysctl_header ? 0 : -ENOMEM;
}

void lf_cc_sysctl_exit(void)
{
	unregister_net_sysctl_table(lf_cc_sysctl_header);
}
