// SPDX-License-Identifier: GPL-2.0
/*
 * Marks: a band becomes skb->priority, for the qdisc of this host's device, and
 * DSCP, for whatever comes further on (a priority doesn't survive a veth or a
 * namespace). What the application chose stays: a priority by SO_PRIORITY, a
 * DSCP by IP_TOS or IPV6_TCLASS, whenever it does so.
 */
#include <net/dsfield.h>
#include <net/inet_ecn.h>
#include <net/inet_sock.h>
#include <net/ipv6.h>

#include "sched.h"

static void lf_sched_set_priority(struct lf_sched_conn *c, struct sock *sk,
				  struct sk_buff *skb, u32 priority)
{
	if (sk->sk_priority != c->priority)
		c->own_priority = true;
	if (c->own_priority) {
		c->flags |= LF_SCHED_FLAG_OWN_PRIORITY;
		return;
	}
	/* IP takes the socket's for each later packet. */
	WRITE_ONCE(sk->sk_priority, priority);
	c->priority = priority;
	skb->priority = priority;
}

static bool lf_sched_own_dscp(const struct sock *sk)
{
#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6 &&
	    inet6_sk(sk)->tclass & ~INET_ECN_MASK)
		return true;
#endif
	return inet_sk(sk)->tos & ~INET_ECN_MASK;
}

static void lf_sched_set_dscp(struct lf_sched_conn *c, const struct sock *sk,
			      struct sk_buff *skb, u8 family, u8 dscp)
{
	if (lf_sched_own_dscp(sk)) {
		c->flags |= LF_SCHED_FLAG_OWN_DSCP;
		return;
	}
	if (family == NFPROTO_IPV4) {
		if (!skb_ensure_writable(skb, sizeof(struct iphdr)))
			ipv4_change_dsfield(ip_hdr(skb), INET_ECN_MASK,
					    dscp << 2);
	} else if (!skb_ensure_writable(skb, sizeof(struct ipv6hdr))) {
		ipv6_change_dsfield(ipv6_hdr(skb), INET_ECN_MASK, dscp << 2);
	}
}

/* Without a decision a packet has the priority that any would have. */
void lf_sched_mark(struct lf_sched_conn *c, struct sock *sk,
		   struct sk_buff *skb, u8 family)
{
	bool decided = c->flow && !(c->flags & LF_SCHED_FLAG_FALLBACK) &&
		       (c->put_off || c->flags & LF_SCHED_FLAG_DECIDED);

	lf_sched_set_priority(c, sk, skb, decided ?
			      READ_ONCE(lf_sched_priorities[c->band]) : 0);
	if (decided)
		lf_sched_set_dscp(c, sk, skb, family,
				  READ_ONCE(lf_sched_dscps[c->band]));
}
