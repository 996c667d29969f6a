// SPDX-License-Identifier: GPL-2.0
/*
 * net.liteflow.*: see docs/sysctl.md. Of the initial network namespace only,
 * and valid for all: snapshots are shared by all.
 */
#include <linux/sysctl.h>
#include <net/net_namespace.h>

#include "../compat/compat.h"
#include "core.h"

unsigned int lf_explore_share;
unsigned int lf_stale_ms;
unsigned int lf_max_flows = 65536;
unsigned int lf_max_macs = 65536;

static unsigned int lf_thousand = 1000;
static unsigned int lf_day_ms = 24 * 3600 * 1000;
static unsigned int lf_most_flows = 1 << 24;
static unsigned int lf_most_macs = 1 << 20;

static struct ctl_table lf_sysctl_table[] = {
	{
		.procname	= "explore_share",
		.data		= &lf_explore_share,
		.maxlen		= sizeof(lf_explore_share),
		.mode		= 0644,
		.proc_handler	= proc_douintvec_minmax,
		.extra1		= SYSCTL_ZERO,
		.extra2		= &lf_thousand,
	},
	{
		.procname	= "stale_ms",
		.data		= &lf_stale_ms,
		.maxlen		= sizeof(lf_stale_ms),
		.mode		= 0644,
		.proc_handler	= proc_douintvec_minmax,
		.extra1		= SYSCTL_ZERO,
		.extra2		= &lf_day_ms,
	},
	{
		.procname	= "max_flows",
		.data		= &lf_max_flows,
		.maxlen		= sizeof(lf_max_flows),
		.mode		= 0644,
		.proc_handler	= proc_douintvec_minmax,
		.extra1		= SYSCTL_ZERO,
		.extra2		= &lf_most_flows,
	},
	{
		.procname	= "max_macs",
		.data		= &lf_max_macs,
		.maxlen		= sizeof(lf_max_macs),
		.mode		= 0644,
		.proc_handler	= proc_douintvec_minmax,
		.extra1		= SYSCTL_ONE,
		.extra2		= &lf_most_macs,
	},
	LF_SYSCTL_END
};

static struct ctl_table_header *lf_sysctl_header;

int lf_sysctl_init(void)
{
	lf_sysctl_header = register_net_sysctl(&init_net, "net/liteflow",
					       lf_sysctl_table);
	return lf_sysctl_header ? 0 : -ENOMEM;
}

void lf_sysctl_exit(void)
{
	unregister_net_sysctl_table(lf_sysctl_header);
}
