/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a module does to the packets that this host's TCP sends, before they are
 * routed on (LOCAL_OUT, where mangle rules stand), in every network namespace.
 *
 * It sees what a connection sends; not what listens, answers for somebody who has
 * no socket yet, or waits out its end.
 */
#ifndef _LITEFLOW_HOOK_H
#define _LITEFLOW_HOOK_H

#include <linux/list.h>
#include <linux/types.h>

struct sk_buff;
struct sock;

struct lf_hook {
	struct list_head list;
	/*
	 * len bytes from seq on leave, for the first time or again; 0: a SYN, or
	 * what only acknowledges. To NFPROTO_IPV4 or NFPROTO_IPV6. Under RCU, by
	 * who holds the socket (process context or softirq). Returns NF_ACCEPT or
	 * NF_DROP.
	 */
	unsigned int (*out)(struct sock *sk, struct sk_buff *skb, u32 seq,
			    u32 len, u8 family);
};

/* Both sleep; hooks see a packet in the order in which they were added. */
int lf_hook_add(struct lf_hook *hook);

/* Packets that are under way through the hook pass before it returns. */
void lf_hook_del(struct lf_hook *hook);

#endif /* _LITEFLOW_HOOK_H */
