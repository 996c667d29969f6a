/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tcp_liteflow.ko: congestion control by a network.
 *
 *   START --- delivery stops growing, or a queue ---> NETWORK
 *     ^                                                  |
 *     | hold time over and a snapshot is there           | no answer, guard
 *     |                                                  v
 *     +------------------------------------------------ RENO
 *
 * START doubles the rate every round trip, as any start phase does. NETWORK
 * decides once in a monitor interval (liteflow/interval.h, aurora.h). RENO is
 * the kernel's own, by another, unregistered ops table of this module.
 */
#ifndef _LITEFLOW_CC_H
#define _LITEFLOW_CC_H

#include <liteflow/app.h>
#include <liteflow/mocc.h>
#include <net/tcp.h>

#define LF_CC_MIN_CWND		4	/* segments */

enum lf_cc_phase {
	LF_CC_START,
	LF_CC_NETWORK,
	LF_CC_RENO,
};

/* What a flow whose network is in user space waits for; user.c. */
struct lf_cc_user {
	bool open;		/* a question is */
	u64 asked_us;		/* when the last one was put */
	u64 waiting_us;		/* since when none was answered; 0: it was */
};

/* Of one connection; a slab object, NULL in the socket if it could not be had. */
struct lf_cc {
	struct lf_flow *flow;
	s32 weight[LF_MOCC_WEIGHTS];	/* MOCC's objective, Q16.16 */
	bool mocc;		/* else Aurora */
	u64 rate;		/* pacing, bytes/s */
	struct lf_interval interval;
	struct lf_aurora aurora;
	u64 bw[2];		/* most delivered, bytes/s: this window, last */
	u64 bw_epoch_us;	/* start of this window */
	u64 peak[2];		/* the guard's: most delivered, bytes/s */
	u64 peak_epoch_us;
	u64 full_bw;		/* START: delivery that must be outgrown */
	u64 full_since_us;
	u64 cut_us;		/* last reaction to CE */
	u64 bad_rate_us;	/* how long the guard has seen it */
	u64 bad_queue_us;
	unsigned long resume;	/* jiffies: Reno until then */
	s32 mean, action, sigma; /* of the last decision, Q16.16 */
	u64 snapshot;
	u32 seq;
	u32 flags;		/* LF_CC_FLAG_* of the last decision */
	struct lf_cc_user user;
	u8 phase;		/* enum lf_cc_phase */
};

/* What a socket's private area holds; never more, so that listeners' children,
 * which inherit the bytes, inherit nothing.
 */
struct lf_cc_priv {
	struct lf_cc *cc;
};

static inline struct lf_cc *lf_cc(const struct sock *sk)
{
	return ((struct lf_cc_priv *)inet_csk_ca(sk))->cc;
}

extern struct lf_app *lf_cc_aurora;
extern struct lf_app *lf_cc_mocc;

static inline struct lf_app *lf_cc_app(const struct lf_cc *cc)
{
	return cc->mocc ? lf_cc_mocc : lf_cc_aurora;
}

/* Most that was delivered in the last 10 to 20 round trips, bytes/s. */
static inline u64 lf_cc_bw(const struct lf_cc *cc)
{
	return max(cc->bw[0], cc->bw[1]);
}

/* main.c: the ops tables; callers hold the socket */
void lf_cc_fall_back(struct sock *sk, enum lf_reason reason);
void lf_cc_take_over(struct sock *sk);

/* control.c */
void lf_cc_begin(struct sock *sk);
void lf_cc_ack(struct sock *sk, const struct rate_sample *rs);
void lf_cc_timeout(struct sock *sk);
void lf_cc_idle(struct sock *sk, u32 idle);

/* guard.c */
void lf_cc_guard_peak(struct lf_cc *cc, u64 delivered_rate, u64 now_us);
void lf_cc_observe(struct lf_cc *cc, const struct lf_measure *m,
		   u64 delivered_rate, u64 now_us);
enum lf_reason lf_cc_guard(struct lf_cc *cc, const struct lf_measure *m,
			   u64 delivered_rate);

/* user.c */
bool lf_cc_ready(const struct lf_cc *cc);
void lf_cc_user_begin(struct lf_cc *cc);
enum lf_reason lf_cc_user_ask(struct lf_cc *cc, const s32 *in, u64 now_us);
int lf_cc_user_answer(struct lf_cc *cc, struct lf_decision *d, u64 now_us);

/* objective.c */
bool lf_cc_objective(struct sock *sk, const s32 *named, s32 *weight);
int lf_cc_objective_init(void);
void lf_cc_objective_exit(void);

/* sysctl.c */
extern unsigned int lf_cc_guard_rate;	/* percent of the recent maximum */
extern unsigned int lf_cc_guard_rtt;	/* multiple of the least RTT */
extern unsigned int lf_cc_guard_hold_ms;
extern unsigned int lf_cc_user_ms;	/* T of user space; 0: in the kernel */
extern unsigned int lf_cc_clamp;	/* whether delivery limits the rate */
int lf_cc_sysctl_init(void);
void lf_cc_sysctl_exit(void);

#endif /* _LITEFLOW_CC_H */
