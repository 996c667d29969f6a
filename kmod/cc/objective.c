// SPDX-License-Identifier: GPL-2.0
/*
 * Objective: what a connection strives for, as MOCC's weights of throughput,
 * latency and loss (Ma et al., "Multi-Objective Congestion Control", EuroSys
 * 2022). The first of these that is set decides, when the connection starts:
 *   its congestion control's name   liteflow_thr, liteflow_lat, liteflow_loss
 *   its cgroup                      lfctl objective set
 *   its network namespace           net.liteflow.cc.objective
 * A connection under "liteflow" without any is Aurora's.
 */
#include <linux/cgroup.h>
#include <linux/sysctl.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "../compat/compat.h"
#include "cc.h"

struct lf_cc_net {
	int objective[LF_MOCC_WEIGHTS];	/* thousandths */
	struct ctl_table *table;
	struct ctl_table_header *header;
};

static unsigned int lf_cc_net_id;
static int lf_cc_thousand = 1000;

static const struct ctl_table lf_cc_objective_table[] = {
	{
		.procname	= "objective",
		.maxlen		= sizeof(int) * LF_MOCC_WEIGHTS,
		.mode		= 0644,
		.proc_handler	= proc_dointvec_minmax,
		.extra1		= SYSCTL_ZERO,
		.extra2		= &lf_cc_thousand,
	},
	LF_SYSCTL_END
};

static bool lf_cc_cgroup_objective(struct sock *sk, s32 *weight)
{
#ifdef CONFIG_SOCK_CGROUP_DATA
	const struct cgroup *cgroup = sock_cgroup_ptr(&sk->sk_cgrp_data);

	return lf_objective(lf_cc_mocc, cgroup_id(cgroup), weight);
#else
	return false;
#endif
}

static bool lf_cc_net_objective(const struct sock *sk, s32 *weight)
{
	const struct lf_cc_net *own = net_generic(sock_net(sk), lf_cc_net_id);
	int i, sum = 0;

	for (i = 0; i < LF_MOCC_WEIGHTS; i++) {
		weight[i] = READ_ONCE(own->objective[i]);
		sum += weight[i];
	}
	return sum;
}

/*
 * The weights of a new connection, Q16.16 with sum 1; named are those of its
 * congestion control's name or NULL. false: Aurora's.
 */
bool lf_cc_objective(struct sock *sk, const s32 *named, s32 *weight)
{
	s64 sum = 0;
	int i;

	if (named)
		memcpy(weight, named, LF_MOCC_WEIGHTS * sizeof(*weight));
	else if (!lf_cc_cgroup_objective(sk, weight) &&
		 !lf_cc_net_objective(sk, weight))
		return false;
	for (i = 0; i < LF_MOCC_WEIGHTS; i++)
		sum += weight[i];
	for (i = 0; i < LF_MOCC_WEIGHTS; i++)
		weight[i] = div64_s64((s64)weight[i] * LF_ONE, sum);
	return true;
}

static int __net_init lf_cc_net_init(struct net *net)
{
	struct lf_cc_net *own = net_generic(net, lf_cc_net_id);

	own->table = kmemdup(lf_cc_objective_table,
			     sizeof(lf_cc_objective_table), GFP_KERNEL);
	if (!own->table)
		return -ENOMEM;
	own->table[0].data = own->objective;
	own->header = lf_register_net_sysctl(net, "net/liteflow/cc", own->table,
					     1);
	if (own->header)
		return 0;
	kfree(own->table);
	return -ENOMEM;
}

static void __net_exit lf_cc_net_exit(struct net *net)
{
	struct lf_cc_net *own = net_generic(net, lf_cc_net_id);

	unregister_net_sysctl_table(own->header);
	kfree(own->table);
}

static struct pernet_operations lf_cc_net_ops = {
	.init	= lf_cc_net_init,
	.exit	= lf_cc_net_exit,
	.id	= &lf_cc_net_id,
	.size	= sizeof(struct lf_cc_net),
};

int lf_cc_objective_init(void)
{
	return register_pernet_subsys(&lf_cc_net_ops);
}

void lf_cc_objective_exit(void)
{
	unregister_pernet_subsys(&lf_cc_net_ops);
}
