// SPDX-License-Identifier: GPL-2.0
/*
 * Steering: a path becomes bits of the socket's mark, so that its packets from
 * the next one on are routed by it, and the present one is routed anew. What the
 * application has put in these bits stays, whenever it does so.
 */
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <net/sock.h>

#include "lb.h"

/* An application that sets other bits of the mark alone clears ours. */
bool lf_lb_own_mark(struct lf_lb_conn *c, const struct sock *sk)
{
	u32 mark = sk->sk_mark & c->mask;

	if (mark && mark != c->mark)
		c->own = true;
	else
		c->mark = mark;
	return c->own;
}

static int lf_lb_route(struct sock *sk, struct sk_buff *skb, u8 family)
{
	struct net *net = sock_net(sk);

#if IS_ENABLED(CONFIG_IPV6)
	if (family == NFPROTO_IPV6)
		return ip6_route_me_harder(net, sk, skb);
#endif
	return ip_route_me_harder(net, sk, skb, RTN_UNSPEC);
}

static void lf_lb_set_mark(struct lf_lb_conn *c, struct sock *sk,
			   struct sk_buff *skb, u32 mark)
{
	WRITE_ONCE(sk->sk_mark, (sk->sk_mark & ~c->mask) | mark);
	skb->mark = (skb->mark & ~c->mask) | mark;
	c->mark = mark;
	sk_dst_reset(sk);
}

/*
 * Without a path the routing table chooses; so it does where a path leads
 * nowhere.
 */
unsigned int lf_lb_steer(struct lf_lb_conn *c, struct sock *sk,
			 struct sk_buff *skb, u8 family)
{
	u32 mark = c->path ? c->path->config.mark : 0;

	if (mark == c->mark)
		return NF_ACCEPT;
	lf_lb_set_mark(c, sk, skb, mark);
	if (!lf_lb_route(sk, skb, family))
		return NF_ACCEPT;
	if (!c->path)
		return NF_DROP;
	c->flags |= LF_LB_FLAG_FALLBACK;
	lf_lb_unreachable(c->path);
	lf_lb_leave(c, sk, lf_lb_now_us());
	lf_lb_set_mark(c, sk, skb, 0);
	return lf_lb_route(sk, skb, family) ? NF_DROP : NF_ACCEPT;
}
