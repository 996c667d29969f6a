// SPDX-License-Identifier: GPL-2.0
/* Hook: each packet goes by its flow's path. */
#include <linux/netfilter.h>
#include <net/tcp.h>

#include "lb.h"

static unsigned int lf_lb_out(struct sock *sk, struct sk_buff *skb, u32 seq,
			      u32 len, u8 family)
{
	struct lf_lb_conn *c = lf_lb_conn(sk);

	if (!c || c->own)
		return NF_ACCEPT;
	if (lf_lb_own_mark(c, sk)) {
		lf_lb_yield(c, sk);
		return NF_ACCEPT;
	}
	if (len || tcp_hdr(skb)->syn)
		lf_lb_sent(c, sk, seq, len);
	else
		lf_lb_acked(c, sk);
	return lf_lb_steer(c, sk, skb, family);
}

struct lf_hook lf_lb_hook = { .out = lf_lb_out };
