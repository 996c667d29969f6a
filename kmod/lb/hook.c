// SPDX-License-Identifier: GPL-2.0
/*
 * Hook: every packet that this host's TCP sends, before it is routed on
 * (LOCAL_OUT, where mangle rules stand), in each network namespace.
 */
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <net/net_namespace.h>
#include <net/tcp.h>

#include "lb.h"

static unsigned int lf_lb_out(void *priv, struct sk_buff *skb,
			      const struct nf_hook_state *state)
{
	struct sock *sk = lf_conn_sender(skb);
	struct lf_lb_conn *c;
	const struct tcphdr *th;
	u32 len;

	if (!sk)
		return NF_ACCEPT;
	th = tcp_hdr(skb);
	len = skb->len - skb_transport_offset(skb) - __tcp_hdrlen(th);
	c = lf_lb_conn(sk);
	if (!c || c->own)
		return NF_ACCEPT;
	if (lf_lb_own_mark(c, sk)) {
		lf_lb_yield(c, sk);
		return NF_ACCEPT;
	}
	/* Data in a SYN comes after the SYN. */
	if (len || th->syn)
		lf_lb_sent(c, sk, ntohl(th->seq) + th->syn, len);
	else
		lf_lb_acked(c, sk);
	return lf_lb_steer(c, sk, skb, state->pf);
}

static const struct nf_hook_ops lf_lb_hooks[] = {
	{
		.hook		= lf_lb_out,
		.pf		= NFPROTO_IPV4,
		.hooknum	= NF_INET_LOCAL_OUT,
		.priority	= NF_IP_PRI_MANGLE,
	},
	{
		.hook		= lf_lb_out,
		.pf		= NFPROTO_IPV6,
		.hooknum	= NF_INET_LOCAL_OUT,
		.priority	= NF_IP_PRI_MANGLE,
	},
};

static int __net_init lf_lb_net_init(struct net *net)
{
	return nf_register_net_hooks(net, lf_lb_hooks,
				     ARRAY_SIZE(lf_lb_hooks));
}

static void __net_exit lf_lb_net_exit(struct net *net)
{
	nf_unregister_net_hooks(net, lf_lb_hooks,
				ARRAY_SIZE(lf_lb_hooks));
}

static struct pernet_operations lf_lb_net_ops = {
	.init = lf_lb_net_init,
	.exit = lf_lb_net_exit,
};

int lf_lb_hook_init(void)
{
	return register_pernet_subsys(&lf_lb_net_ops);
}

/* Packets that are under way through the hook pass before it returns. */
void lf_lb_hook_exit(void)
{
	unregister_pernet_subsys(&lf_lb_net_ops);
	synchronize_net();
}
