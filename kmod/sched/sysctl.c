// SPDX-License-Identifier: GPL-2.0
/* net.liteflow.sched.*: see docs/sysctl.md. Valid for all network namespaces. */
#include <linux/pkt_sched.h>
#include <linux/sysctl.h>

#include "../compat/compat.h"
#include "sched.h"

unsigned int lf_sched_mode;
unsigned int lf_sched_gap_ms = 10;
unsigned int lf_sched_guard = 2;
unsigned int lf_sched_guard_hold_ms = 10000;
int lf_sched_limits[LF_SCHED_BANDS - 1] = {
	10000, 30000, 100000, 300000, 1000000, 3000000, 10000000
};

/*
 * What a qdisc that knows of three bands makes of them: the first one goes first,
 * the last two last. The second is that of all other traffic.
 */
int lf_sched_priorities[LF_SCHED_BANDS] = {
	TC_PRIO_INTERACTIVE, TC_PRIO_BESTEFFORT, 8, 9, 10, 11,
	TC_PRIO_BULK, TC_PRIO_FILLER
};

/* AF21, none, AF22, AF23, AF11, AF12, AF13, CS1 */
int lf_sched_dscps[LF_SCHED_BANDS] = { 18, 0, 20, 22, 10, 12, 14, 8 };

static unsigned int lf_sched_most_mode = __LF_SCHED_MODES - 1;
static unsigned int lf_sched_most_guard = 40;
static unsigned int lf_sched_least_ms = 1;
static unsigned int lf_sched_most_gap_ms = 60 * 1000;
static unsigned int lf_sched_hold_least_ms = 100;
static unsigned int lf_sched_hold_most_ms = 3600 * 1000;
static int lf_sched_least_limit = 1;
static int lf_sched_most_limit = S32_MAX;
static int lf_sched_most_priority = TC_PRIO_MAX;
static int lf_sched_most_dscp = 63;

static struct ctl_table lf_sched_sysctl_table[] = {
	{
		.procname	= "mode",
		.data		= &lf_sched_mode,
		.maxlen		= sizeof(lf_sched_mode),
		.mode		= 0644,
		.proc_handler	= proc_douintvec_minmax,
		.extra1		= SYSCTL_ZERO,
		.extra2		= &lf_sched_most_mode,
	},
	{
		.procname	= "gap_ms",
		.data		= &lf_sched_gap_ms,
		.maxlen		= sizeof(lf_sched_gap_ms),
		.mode		= 0644,
		.proc_handler	= proc_douintvec_minmax,
		.extra1		= &lf_sched_least_ms,
		.extra2		= &lf_sched_most_gap_ms,
	},
	{
		.procname	= "guard",
		.data		= &lf_sched_guard,
		.maxlen		= sizeof(lf_sched_guard),
		.mode		= 0644,
		.proc_handler	= proc_douintvec_minmax,
		.extra1		= SYSCTL_ZERO,
		.extra2		= &lf_sched_most_guard,
	},
	{
		.procname	= "guard_hold_ms",
		.data		= &lf_sched_guard_hold_ms,
		.maxlen		= sizeof(lf_sched_guard_hold_ms),
		.mode		= 0644,
		.proc_handler	= proc_douintvec_minmax,
		.extra1		= &lf_sched_hold_least_ms,
		.extra2		= &lf_sched_hold_most_ms,
	},
	{
		.procname	= "limits",
		.data		= lf_sched_limits,
		.maxlen		= sizeof(lf_sched_limits),
		.mode		= 0644,
		.proc_handler	= proc_dointvec_minmax,
		.extra1		= &lf_sched_least_limit,
		.extra2		= &lf_sched_most_limit,
	},
	{
		.procname	= "priorities",
		.data		= lf_sched_priorities,
		.maxlen		= sizeof(lf_sched_priorities),
		.mode		= 0644,
		.proc_handler	= proc_dointvec_minmax,
		.extra1		= SYSCTL_ZERO,
		.extra2		= &lf_sched_most_priority,
	},
	{
		.procname	= "dscps",
		.data		= lf_sched_dscps,
		.maxlen		= sizeof(lf_sched_dscps),
		.mode		= 0644,
		.proc_handler	= proc_dointvec_minmax,
		.extra1		= SYSCTL_ZERO,
		.extra2		= &lf_sched_most_dscp,
	},
	LF_SYSCTL_END
};

static struct ctl_table_header *lf_sched_sysctl_header;

int lf_sched_sysctl_init(void)
{
	lf_sched_sysctl_header = register_net_sysctl(&init_net,
						     "net/liteflow/sched",
						     lf_sched_sysctl_table);
	return lf_sched_sysctl_header ? 0 : -ENOMEM;
}

void lf_sched_sysctl_exit(void)
{
	unregister_net_sysctl_table(lf_sched_sysctl_header);
}
