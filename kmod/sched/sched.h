/* SPDX-License-Identifier: GPL-2.0 */
/*
 * lf_sched.ko: flow scheduling by predicted sizes.
 *
 *   first data ──▶ inputs ──▶ network ──▶ band ──▶ skb->priority, DSCP
 *        ▲                                 │ the flow outgrows its band
 *        │ idle gap                        ▼
 *   label: what it sent ◀── last data ── decide again
 *
 * A first packet that is not full carries all that was written, often a header
 * whose body is still to come. It tells nothing of the size and costs the others
 * nothing: it goes first, and the network is asked when more follows.
 *
 * The scheduling itself is the kernel's: pfifo_fast, prio or ets on the sender's
 * device go by skb->priority, a shared link further on by DSCP. Without a usable
 * network a flow keeps the priority that it would have had.
 *
 * Whoever sends a packet holds its socket, so a connection's state has one writer.
 */
#ifndef _LITEFLOW_SCHED_MODULE_H
#define _LITEFLOW_SCHED_MODULE_H

#include <linux/in6.h>
#include <linux/ktime.h>
#include <linux/skbuff.h>
#include <liteflow/app.h>
#include <liteflow/connection.h>
#include <liteflow/hook.h>
#include <liteflow/interval.h>
#include <liteflow/sched.h>
#include <net/sock.h>

/* Whose flows are remembered together: those of a pair, or of a cgroup. */
struct lf_sched_key {
	struct in6_addr peer;	/* IPv4 mapped; a cgroup's id, if port is 0 */
	u32 netns;
	u16 port;		/* of the service */
	u16 passive;
};

struct lf_sched_past {
	u32 n;				/* sizes that are known */
	s32 size[LF_SCHED_HISTORY];	/* lf_log2() of bytes, latest first */
	u64 began_us;			/* when the last flow did; 0: none has */
};

/* Of one connection; what is about its present flow is in the second half. */
struct lf_sched_conn {
	struct lf_conn conn;
	struct lf_sched_key pair;
	u64 cgroup;
	u32 next;		/* sequence number after what was sent */
	u32 idle;		/* jiffies that the connection was, and more */
	u32 priority;		/* that we gave the socket */
	bool began;		/* it has sent data */
	bool own_priority;	/* the application has chosen one */

	struct lf_flow *flow;	/* NULL: none, or it could not be had */
	u64 sent;		/* bytes */
	u64 received;		/* bytes of the connection, at the start */
	u64 began_us;
	u64 asked_us;		/* when its first decision was wanted */
	u64 snapshot;		/* that made it; 0: none has */
	s32 in[LF_SCHED_INPUTS];
	s32 before;		/* what was sent before it, lf_log2() */
	s32 mean;		/* its answer */
	u32 waited_us;		/* for it */
	u32 flags;		/* LF_SCHED_FLAG_* */
	u8 band;		/* valid with LF_SCHED_FLAG_DECIDED */
	bool put_off;		/* the network is asked when more follows */
	bool asked;		/* a question to user space is open */
};

enum lf_sched_mode {
	LF_SCHED_KERNEL,	/* the network in the kernel */
	LF_SCHED_USER,		/* the network in user space */
	LF_SCHED_SENT_BYTES,	/* no network: by what was sent so far */
	__LF_SCHED_MODES
};

static inline u64 lf_sched_now_us(void)
{
	return div_u64(ktime_get_ns(), NSEC_PER_USEC);
}

extern struct lf_app *lf_sched_app;
extern struct lf_conn_table *lf_sched_conns;
extern const struct lf_conn_ops lf_sched_conn_ops;

/* hook.c */
extern struct lf_hook lf_sched_hook;

/* flow.c; the socket is held */
struct lf_sched_conn *lf_sched_conn(struct sock *sk);
void lf_sched_sent(struct lf_sched_conn *c, struct sock *sk, u32 seq, u32 len);

/* decide.c */
void lf_sched_put_off(struct lf_sched_conn *c);
void lf_sched_decide(struct lf_sched_conn *c);
void lf_sched_follow(struct lf_sched_conn *c);

/* mark.c */
void lf_sched_mark(struct lf_sched_conn *c, struct sock *sk,
		   struct sk_buff *skb, u8 family);

/* history.c */
int lf_sched_history_init(void);
void lf_sched_history_exit(void);
u32 lf_sched_hash(const struct lf_sched_key *key);
void lf_sched_recall(const struct lf_sched_key *key, u64 now_us,
		     struct lf_sched_past *past);
void lf_sched_remember(const struct lf_sched_key *key, s32 size);

/* guard.c */
void lf_sched_guard_judge(s32 error, s32 baseline);
bool lf_sched_guard_holds(void);

/* sysctl.c */
extern unsigned int lf_sched_mode;
extern unsigned int lf_sched_gap_ms;
extern unsigned int lf_sched_guard;	/* halvings of size; 0: off */
extern unsigned int lf_sched_guard_hold_ms;
extern int lf_sched_limits[LF_SCHED_BANDS - 1];	/* bytes */
extern int lf_sched_priorities[LF_SCHED_BANDS];
extern int lf_sched_dscps[LF_SCHED_BANDS];
int lf_sched_sysctl_init(void);
void lf_sched_sysctl_exit(void);

#endif /* _LITEFLOW_SCHED_MODULE_H */
