// SPDX-License-Identifier: GPL-2.0
/* Hook: each packet goes by its flow's band. */
#include <linux/netfilter.h>
#include <net/tcp.h>

#include "sched.h"

static unsigned int lf_sched_out(struct sock *sk, struct sk_buff *skb, u32 seq,
				 u32 len, u8 family)
{
	struct lf_sched_conn *c;

	/* The SYN tells who opened; what only acknowledges is no flow's. */
	if (!len && !tcp_hdr(skb)->syn)
		return NF_ACCEPT;
	c = lf_sched_conn(sk);
	if (!c || !len)
		return NF_ACCEPT;
	lf_sched_sent(c, sk, seq, len);
	lf_sched_mark(c, sk, skb, family);
	return NF_ACCEPT;
}

struct lf_hook lf_sched_hook = { .out = lf_sched_out };
