/* SPDX-License-Identifier: GPL-2.0 */
/*
 * lf_lb.ko: load balancing by predicted slowdowns.
 *
 *   SYN, first data, ──▶ candidates ──▶ network, for ──▶ choice ──▶ sk_mark
 *   flowlet gap,          not down,     each of them     by chance     │
 *   timeout                  ▲                                         ▼
 *                            └──── figures of each path ◀── packets of the flow
 *
 * A path is a mark, which the host's own rules turn into a route that pins it:
 * a VLAN for each spine, or an encapsulation. Routing stays the kernel's own;
 * a flow without a usable network has mark 0, for which the routing table
 * chooses.
 *
 * Whoever sends a packet holds its socket, so a connection's state has one
 * writer. Paths are shared: their figures are atomics and racy averages, their
 * table is changed under a mutex and read under RCU.
 */
#ifndef _LITEFLOW_LB_MODULE_H
#define _LITEFLOW_LB_MODULE_H

#include <linux/in6.h>
#include <linux/ktime.h>
#include <linux/liteflow_lb.h>
#include <linux/refcount.h>
#include <linux/skbuff.h>
#include <liteflow/app.h>
#include <liteflow/connection.h>
#include <liteflow/hook.h>
#include <liteflow/interval.h>
#include <liteflow/lb.h>
#include <net/sock.h>

struct netlink_ext_ack;

#define LF_LB_PATHS_MAX		16	/* to one prefix */
#define LF_LB_PREFIXES_MAX	256	/* of one network namespace */
#define LF_LB_USER_PATHS	8	/* that user space is asked of at once */

/* What is declared. */
struct lf_lb_config {
	struct in6_addr prefix;		/* IPv4 mapped */
	u32 length;
	u32 mark;			/* within mask, not 0 */
	u32 mask;
	u32 weight;
};

/* What the present window's flows told. */
struct lf_lb_window {
	atomic64_t since_us;
	atomic64_t bytes;		/* delivered */
	atomic64_t in_flight;		/* bytes, at each flow's first packet */
	atomic_t delivered, lost, ce;	/* segments */
	atomic_t flows;
};

struct lf_lb_path {
	struct lf_lb_config config;
	refcount_t users;		/* the table and connections */
	bool removed;
	struct lf_lb_window window;

	/* Averages; of two that write at once one is lost, which is no harm. */
	u32 rtt_us, base_rtt_us;	/* 0: none yet */
	u32 least_us;			/* RTT of the present period, or 0 */
	u64 fastest;			/* rate of a flow in that period, or 0 */
	u64 period_us;			/* when it began */
	u32 loss, ecn;			/* Q16.16 */
	u32 flows;
	u64 in_flight;
	u64 rate;			/* bytes/s of all flows */
	u64 best_rate;			/* of one flow; 0: not known yet */
	u64 told_us;			/* when a flow last did; 0: none has */

	atomic_t timeouts;		/* since something was delivered */
	unsigned long failed_at;	/* jiffies; valid with timeouts */
	u32 rto;			/* of who timed out, jiffies */
	atomic64_t chosen, all_timeouts;
	struct rcu_head rcu;
};

/* The paths to a prefix. */
struct lf_lb_group {
	struct hlist_node node;
	struct in6_addr prefix;
	u32 length;
	u32 mask;
	u32 n_paths;
	struct lf_lb_path __rcu *path[LF_LB_PATHS_MAX];
	atomic_t turn;			/* round robin */
	struct rcu_head rcu;
};

/* Of one connection to a prefix that has paths. */
struct lf_lb_conn {
	struct lf_conn conn;
	struct in6_addr peer;
	u32 netns;
	u32 mask;
	u32 mark;		/* that we gave the socket, within the mask */
	bool own;		/* the application has chosen one */
	bool began;
	struct lf_lb_path *path;	/* NULL: the routing table's choice */

	/* what was sent */
	u32 next;		/* sequence number after it */
	u64 last_us;		/* when */
	u8 retransmits;		/* timeouts in a row */

	/* what was told of the path */
	u32 moved;		/* sequence number of the first byte over it */
	u64 told_us;
	s64 window_us;		/* the path's window that counts this flow */
	u32 delivered, lost, ce;

	/* the present flow */
	struct lf_flow *flow;	/* NULL: none, or it could not be had */
	u64 sent;		/* bytes */
	u64 began_us;
	u64 snapshot;
	s32 in[LF_LB_INPUTS];
	s32 mean;
	u32 took_us;		/* until all was delivered; 0: not known yet */
	u32 waited_us;
	u32 flags;		/* LF_LB_FLAG_* */
	u32 first_mark, n_paths, probability;
	bool elsewhere;		/* another path was known to be nearer */
	bool user;		/* of the app that user space serves */
	bool asked;		/* a question to it is open */
};

/* The best that any path of a group was seen with; 0: nothing is known yet. */
struct lf_lb_best {
	u64 rate;			/* of one flow, bytes/s */
	u32 rtt_us;			/* smoothed */
};

/* The paths that one choice is made from. */
struct lf_lb_set {
	u32 n;
	struct lf_lb_path *path[LF_LB_PATHS_MAX];
	s32 score[LF_LB_PATHS_MAX];	/* lower is better */
	u8 slot[LF_LB_PATHS_MAX];	/* of the group */
	bool healthy;			/* none of them is down or suspect */
	struct lf_lb_best best;		/* of the group */
	u64 snapshot;			/* who scored */
	bool clipped;
	u32 turn;			/* round robin */
};

struct lf_lb_pick {
	u32 index;
	u32 probability;	/* Q16.16 */
	bool explored;
};

enum lf_lb_mode {
	LF_LB_KERNEL,		/* the network in the kernel */
	LF_LB_USER,		/* the network in user space */
	LF_LB_LEAST_RTT,	/* and what they are compared with */
	LF_LB_TWO_BY_RTT,
	LF_LB_ROUND_ROBIN,
	LF_LB_WEIGHTED,
	__LF_LB_MODES
};

enum lf_lb_choice {
	LF_LB_SOFTMAX,
	LF_LB_BEST_OF_TWO,
	__LF_LB_CHOICES,	/* those that a network may have */
	LF_LB_BY_WEIGHT = __LF_LB_CHOICES,
	LF_LB_LEAST,
	LF_LB_TURN,
};

extern struct lf_app *lf_lb_app;
extern struct lf_app *lf_lb_user_app;
extern struct lf_conn_table *lf_lb_conns;
extern const struct lf_conn_ops lf_lb_conn_ops;

/* The clock of TCP's own time stamps. */
static inline u64 lf_lb_now_us(void)
{
	return div_u64(ktime_get_ns(), NSEC_PER_USEC);
}

/* hook.c */
extern struct lf_hook lf_lb_hook;

/* path.c; find under RCU */
int lf_lb_path_init(void);
void lf_lb_path_exit(void);
struct lf_lb_group *lf_lb_find(struct net *net, const struct in6_addr *peer);
void lf_lb_path_put(struct lf_lb_path *path);
int lf_lb_path_add(struct net *net, const struct lf_lb_config *config,
		   struct netlink_ext_ack *extack);
int lf_lb_path_del(struct net *net, const struct lf_lb_config *which,
		   struct netlink_ext_ack *extack);
/* Calls show for each path from *at on, until it fails; *at is where it did. */
int lf_lb_path_each(struct net *net, unsigned long *at,
		    int (*show)(const struct lf_lb_path *path, void *data),
		    void *data);
u32 lf_lb_path_generation(struct net *net);

/* figures.c */
void lf_lb_told(struct lf_lb_conn *c, const struct sock *sk, u64 now_us);
void lf_lb_join(struct lf_lb_conn *c, u32 bytes, u64 now_us);
void lf_lb_inputs(const struct lf_lb_path *path, const struct lf_lb_best *best,
		  u32 waiting, u64 now_us, s32 *in);
u32 lf_lb_rtt(const struct lf_lb_path *path, u64 now_us);
struct lf_lb_best lf_lb_best(const struct lf_lb_group *group, u64 now_us);
u32 lf_lb_ideal_us(const struct lf_lb_group *group, u64 bytes);

/* health.c; collect and probe under RCU */
enum lf_lb_health lf_lb_health(const struct lf_lb_path *path);
void lf_lb_timed_out(struct lf_lb_path *path, u32 rto);
void lf_lb_unreachable(struct lf_lb_path *path);
void lf_lb_alive(struct lf_lb_path *path);
void lf_lb_collect(struct lf_lb_group *group, const struct lf_lb_path *avoid,
		   u64 now_us, struct lf_lb_set *set);
struct lf_lb_path *lf_lb_probe(struct lf_lb_group *group);

/* flow.c; the socket is held */
struct lf_lb_conn *lf_lb_conn(struct sock *sk);
void lf_lb_sent(struct lf_lb_conn *c, const struct sock *sk, u32 seq, u32 len);
void lf_lb_acked(struct lf_lb_conn *c, const struct sock *sk);
void lf_lb_leave(struct lf_lb_conn *c, const struct sock *sk, u64 now_us);
void lf_lb_yield(struct lf_lb_conn *c, const struct sock *sk);

/* decide.c */
void lf_lb_decide(struct lf_lb_conn *c, const struct sock *sk,
		  const struct lf_lb_path *avoid, u64 now_us);
void lf_lb_hear(struct lf_lb_conn *c, const struct sock *sk, u64 now_us);

/* choose.c */
struct lf_lb_pick lf_lb_choose(const struct lf_lb_set *set,
			       enum lf_lb_choice choice, u32 explore);

/* steer.c */
bool lf_lb_own_mark(struct lf_lb_conn *c, const struct sock *sk);
unsigned int lf_lb_steer(struct lf_lb_conn *c, struct sock *sk,
			 struct sk_buff *skb, u8 family);

/* guard.c */
void lf_lb_guard_judge(bool elsewhere, s32 slowdown, s32 predicted);
bool lf_lb_guard_holds(void);

/* netlink.c */
int lf_lb_netlink_init(void);
void lf_lb_netlink_exit(void);

/* sysctl.c */
extern unsigned int lf_lb_mode;
extern unsigned int lf_lb_choice;
extern unsigned int lf_lb_gap_us;
extern unsigned int lf_lb_explore;	/* thousandths */
extern unsigned int lf_lb_sharpness;	/* of softmax: slowdown^-this */
extern unsigned int lf_lb_dead_ms;
extern unsigned int lf_lb_guard;	/* hundredths of a doubling; 0: off */
extern unsigned int lf_lb_guard_hold_ms;
int lf_lb_sysctl_init(void);
void lf_lb_sysctl_exit(void);

#endif /* _LITEFLOW_LB_MODULE_H */
