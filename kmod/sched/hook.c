// SPDX-License-Identifier: GPL-2.0
/*
 * Hook: every packet that this host's TCP sends, before it is routed on
 * (LOCAL_OUT, where mangle rules stand), in each network namespace.
 */
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <net/net_namespace.h>
#include <net/tcp.h>

#include "sched.h"

static unsigned int lf_sched_out(void *priv, struct sk_buff *skb,
				 const struct nf_hook_state *state)
{
	struct sock *sk = lf_conn_sender(skb);
	struct lf_sched_conn *c;
	const struct tcphdr *th;
	u32 len;

	if (!sk)
		return NF_ACCEPT;
	th = tcp_hdr(skb);
	len = skb->len - skb_transport_offset(skb) - __tcp_hdrlen(th);
	/* The SYN tells who opened; what carries no data is no flow's. */
	if (!len && sk->sk_state != TCP_SYN_SENT)
		return NF_ACCEPT;
	c = lf_sched_conn(sk);
	if (!c || !len)
		return NF_ACCEPT;
	/* Data in a SYN comes after the SYN. */
	lf_sched_sent(c, sk, ntohl(th->seq) + th->syn, len);
	lf_sched_mark(c, sk, skb, state->pf);
	return NF_ACCEPT;
}

static const struct nf_hook_ops lf_sched_hooks[] = {
	{
		.hook		= lf_sched_out,
		.pf		= NFPROTO_IPV4,
		.hooknum	= NF_INET_LOCAL_OUT,
		.priority	= NF_IP_PRI_MANGLE,
	},
	{
		.hook		= lf_sched_out,
		.pf		= NFPROTO_IPV6,
		.hooknum	= NF_INET_LOCAL_OUT,
		.priority	= NF_IP_PRI_MANGLE,
	},
};

static int __net_init lf_sched_net_init(struct net *net)
{
	return nf_register_net_hooks(net, lf_sched_hooks,
				     ARRAY_SIZE(lf_sched_hooks));
}

static void __net_exit lf_sched_net_exit(struct net *net)
{
	nf_unregister_net_hooks(net, lf_sched_hooks,
				ARRAY_SIZE(lf_sched_hooks));
}

static struct pernet_operations lf_sched_net_ops = {
	.init = lf_sched_net_init,
	.exit = lf_sched_net_exit,
};

int lf_sched_hook_init(void)
{
	return register_pernet_subsys(&lf_sched_net_ops);
}

/* Packets that are under way through the hook pass before it returns. */
void lf_sched_hook_exit(void)
{
	unregister_pernet_subsys(&lf_sched_net_ops);
	synchronize_net();
}
