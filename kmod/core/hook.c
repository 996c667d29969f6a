// SPDX-License-Identifier: GPL-2.0
/*
 * Hooks: one of netfilter's for all modules that look at packets, there only
 * while one of them does.
 */
#include <linux/export.h>
#include <linux/mutex.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/rculist.h>
#include <net/net_namespace.h>
#include <net/tcp.h>

#include <liteflow/hook.h>

static DEFINE_MUTEX(lf_hook_mutex);
static LIST_HEAD(lf_hooks);	/* lf_hook_mutex writes */

/* NULL unless that is a connection, which whoever sends the packet holds. */
static struct sock *lf_hook_sender(const struct sk_buff *skb)
{
	struct sock *sk = skb->sk;

	/* The control sockets that answer for nobody are raw ones. */
	if (!sk || !sk_fullsock(sk) || !sk_is_tcp(sk))
		return NULL;
	switch (sk->sk_state) {
	case TCP_LISTEN:
	case TCP_CLOSE:
		return NULL;
	default:
		return sk;
	}
}

static unsigned int lf_hook_out(void *priv, struct sk_buff *skb,
				const struct nf_hook_state *state)
{
	struct sock *sk = lf_hook_sender(skb);
	const struct tcphdr *th;
	struct lf_hook *hook;
	u32 seq, len;

	if (!sk)
		return NF_ACCEPT;
	th = tcp_hdr(skb);
	len = skb->len - skb_transport_offset(skb) - __tcp_hdrlen(th);
	/* Data in a SYN comes after the SYN. */
	seq = ntohl(th->seq) + th->syn;
	list_for_each_entry_rcu(hook, &lf_hooks, list) {
		if (hook->out(sk, skb, seq, len, state->pf) != NF_ACCEPT)
			return NF_DROP;
	}
	return NF_ACCEPT;
}

static const struct nf_hook_ops lf_hook_ops[] = {
	{
		.hook		= lf_hook_out,
		.pf		= NFPROTO_IPV4,
		.hooknum	= NF_INET_LOCAL_OUT,
		.priority	= NF_IP_PRI_MANGLE,
	},
	{
		.hook		= lf_hook_out,
		.pf		= NFPROTO_IPV6,
		.hooknum	= NF_INET_LOCAL_OUT,
		.priority	= NF_IP_PRI_MANGLE,
	},
};

static int __net_init lf_hook_net_init(struct net *net)
{
	return nf_register_net_hooks(net, lf_hook_ops, ARRAY_SIZE(lf_hook_ops));
}

static void __net_exit lf_hook_net_exit(struct net *net)
{
	nf_unregister_net_hooks(net, lf_hook_ops, ARRAY_SIZE(lf_hook_ops));
}

static struct pernet_operations lf_hook_net_ops = {
	.init = lf_hook_net_init,
	.exit = lf_hook_net_exit,
};

int lf_hook_add(struct lf_hook *hook)
{
	int err = 0;

	mutex_lock(&lf_hook_mutex);
	if (list_empty(&lf_hooks))
		err = register_pernet_subsys(&lf_hook_net_ops);
	if (!err)
		list_add_tail_rcu(&hook->list, &lf_hooks);
	mutex_unlock(&lf_hook_mutex);
	return err;
}
EXPORT_SYMBOL_GPL(lf_hook_add);

void lf_hook_del(struct lf_hook *hook)
{
	mutex_lock(&lf_hook_mutex);
	list_del_rcu(&hook->list);
	if (list_empty(&lf_hooks))
		unregister_pernet_subsys(&lf_hook_net_ops);
	mutex_unlock(&lf_hook_mutex);
	synchronize_net();
}
EXPORT_SYMBOL_GPL(lf_hook_del);
