/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Inside of liteflow.ko: the nouns and who protects them.
 *
 * lf_mutex protects the lists of apps and snapshots, the roles of snapshots and
 * everything that netlink changes. The fast path sees app->active, app->canary,
 * app->server and flow->snap by RCU. A flow's lock protects the change of its pin
 * and the writing of its answer.
 *
 * A snapshot has one user for being registered, one for each role it plays
 * (active, canary, previous) and one for each flow pinned to it; all but the
 * first hold a reference on the module that its code lives in. It can be
 * removed when only the first is left.
 */
#ifndef _LITEFLOW_CORE_H
#define _LITEFLOW_CORE_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/netlink.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/u64_stats_sync.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#include <liteflow/app.h>

#define LF_APPS_MAX		32
#define LF_SNAPSHOTS_MAX	256	/* of all apps */
#define LF_OBJECTIVES_MAX	4096	/* of one app */

extern struct mutex lf_mutex;
extern unsigned int lf_generation;	/* of both lists, for dumps */

enum lf_role {
	LF_ROLE_NONE,
	LF_ROLE_CANARY,
	LF_ROLE_ACTIVE,
	LF_ROLE_PREVIOUS,
};

enum lf_count {
	LF_COUNT_INFERENCES,
	LF_COUNT_CLIPPED,
	LF_COUNT_EXPLORED,
	LF_COUNT_FAILED,
	LF_COUNT_CLAMPED,
	LF_COUNT_REWARD_SUM,	/* s64 */
	LF_COUNT_REWARDS,
	__LF_COUNTS
};

struct lf_counts {
	u64_stats_t n[__LF_COUNTS];
	struct u64_stats_sync sync;
};

struct lf_snapshot {
	struct list_head list;		/* lf_snapshots */
	u64 id;
	char name[LF_SNAPSHOT_NAME_LEN];
	struct lf_app *app;		/* NULL: the app's module has gone */
	const struct lf_snapshot_desc *desc;
	const struct lf_params *params;
	void *own;			/* parameters that came over netlink */
	u64 shape;
	u32 macs;
	enum lf_role role;
	bool served;			/* it was active or canary once */
	bool drained_told;
	unsigned long active_since;	/* jiffies */
	u32 moved;			/* pins that a re-pin took from it */
	refcount_t users;
	struct lf_counts __percpu *counts;
	struct rcu_head rcu;
};

/* Who serves an app's queries from user space. */
struct lf_server {
	/* Any context but hard interrupts, under RCU: 0 or -ENOBUFS. */
	int (*ask)(struct lf_server *server, const struct lf_flow *flow,
		   const s32 *in);
	/* Under lf_mutex; flows may still ask until a grace period is over. */
	void (*gone)(struct lf_server *server);
};

enum lf_query_count {
	LF_QUERY_ASKED,
	LF_QUERY_ANSWERED,
	LF_QUERY_LATE,
	LF_QUERY_STALE,
	__LF_QUERY_COUNTS
};

struct lf_batch;
struct lf_device;

struct lf_app {
	struct list_head list;		/* lf_apps */
	const struct lf_app_desc *desc;
	struct lf_snapshot __rcu *active;
	struct lf_snapshot __rcu *canary;
	struct lf_snapshot *previous;
	u32 share;			/* of the canary, thousandths */
	struct xarray flows;
	u32 next_flow;
	atomic_t n_flows;
	u64 retired[__LF_COUNTS];	/* of snapshots that are gone */
	atomic64_t fallbacks[__LF_REASON_COUNT];
	u64 told[__LF_REASON_COUNT];	/* event_work only */
	struct delayed_work event_work;
	struct lf_batch *batch;
	struct lf_server __rcu *server;
	struct lf_device *device;
	atomic64_t queries[__LF_QUERY_COUNTS];
	struct xarray objectives;	/* struct lf_objective by cgroup id */
	u32 n_objectives;
};

struct lf_flow {
	struct lf_app *app;
	struct lf_snapshot __rcu *snap;
	spinlock_t lock;		/* snap, ended, answered */
	bool ended;
	u8 reason;			/* enum lf_reason */
	u32 id;
	u32 netns;
	u32 dice;			/* chose canary and exploration */
	u32 noise;			/* generator state, never 0 */
	u64 inferences;
	unsigned long since;		/* jiffies */
	u32 asked;			/* number of the last query */
	u32 answered;			/* of the last one that was */
	s32 answer[LF_OUT_MAX];
	u64 answer_ns;			/* CLOCK_MONOTONIC at its arrival */
	struct rcu_head rcu;
};

/* app.c */
extern struct list_head lf_apps;
struct lf_app *lf_app_find(const char *name);
void lf_app_queue_events(struct lf_app *app);

/* snapshot.c */
extern struct list_head lf_snapshots;
struct lf_snapshot *lf_snapshot_find(u64 id);
bool lf_snapshot_get(struct lf_snapshot *snap);
void lf_snapshot_put(struct lf_snapshot *snap);
void lf_snapshot_put_rcu(struct lf_snapshot *snap, u32 n);
enum lf_state lf_snapshot_state(const struct lf_snapshot *snap);
u32 lf_snapshot_pins(const struct lf_snapshot *snap);
u64 lf_snapshot_count(const struct lf_snapshot *snap, enum lf_count what);
u64 lf_app_count(const struct lf_app *app, enum lf_count what);
struct lf_snapshot *lf_snapshot_load(struct lf_snapshot *base,
				     const char *name, const void *params,
				     u32 bytes, struct netlink_ext_ack *extack);
int lf_snapshot_unload(struct lf_snapshot *snap, const char *name, bool force,
		       struct netlink_ext_ack *extack);
void lf_snapshot_adopt(struct lf_app *app);
void lf_snapshot_orphan(struct lf_app *app);

/* role.c */
int lf_role_activate(struct lf_snapshot *snap, struct netlink_ext_ack *extack);
int lf_role_canary(struct lf_snapshot *snap, u32 share,
		   struct netlink_ext_ack *extack);
int lf_role_rollback(struct lf_app *app, struct netlink_ext_ack *extack);
void lf_role_drop_canary(struct lf_app *app);
void lf_role_strip(struct lf_snapshot *snap);

/* flow.c */
int lf_flow_init(void);
void lf_flow_exit(void);
u64 lf_flow_repin(struct lf_app *app, struct lf_snapshot *from,
		  struct lf_snapshot *to);
int lf_flow_repin_one(struct lf_app *app, u32 id, struct lf_snapshot *to);

/* objective.c */
int lf_objective_set(struct lf_app *app, u64 cgroup, const s32 *weights, u32 n,
		     struct netlink_ext_ack *extack);
int lf_objective_del(struct lf_app *app, u64 cgroup);
void lf_objective_clear(struct lf_app *app);

/* explore.c */
s32 lf_explore_noise(u32 *state, s32 sigma);

/* batch.c */
struct lf_batch *lf_batch_create(const struct lf_app_desc *desc);
void lf_batch_destroy(struct lf_batch *batch);
void lf_batch_set_interval(struct lf_batch *batch, u32 ms);
u32 lf_batch_interval(const struct lf_batch *batch);
void lf_batch_totals(const struct lf_batch *batch, u64 *reported, u64 *dropped);
void lf_batch_append(struct lf_batch *batch, const void *record);

/* query.c */
int lf_serve(struct lf_app *app, struct lf_server *server,
	     struct netlink_ext_ack *extack);
void lf_serve_end(struct lf_app *app);
void lf_query_fill(void *at, const struct lf_flow *flow, const s32 *in);
int lf_query_answer(struct lf_app *app, const void *answers, u32 bytes);

/* A question or answer with n values. */
static inline u32 lf_query_bytes(u32 n)
{
	return ALIGN(sizeof(struct lf_query) + n * sizeof(s32), 8);
}

/* device.c */
struct lf_device *lf_device_create(struct lf_app *app);
void lf_device_destroy(struct lf_device *device);

/* daemon.c: whether somebody looks after this kernel */
int lf_daemon_attach(u32 portid, struct netlink_ext_ack *extack);
int lf_daemon_detach(u32 portid, struct netlink_ext_ack *extack);
bool lf_daemon_is(u32 portid);
void lf_daemon_closed(u32 portid);

/* netlink.c and its parts */
int lf_netlink_init(void);
void lf_netlink_exit(void);
bool lf_netlink_wants_batches(void);
int lf_netlink_send_batch(const struct lf_app_desc *desc, int cpu, u64 seq,
			  u64 dropped, const void *records, u32 bytes);
void lf_netlink_event(enum lf_event event, const struct lf_app *app,
		      const struct lf_snapshot *snap);
void lf_netlink_event_fallback(const struct lf_app *app, enum lf_reason reason,
			       u64 count);

/* sysctl.c */
extern unsigned int lf_explore_share;	/* flows that explore, thousandths */
extern unsigned int lf_stale_ms;	/* 0: never */
extern unsigned int lf_max_flows;	/* of one app */
extern unsigned int lf_max_macs;	/* of one inference */
int lf_sysctl_init(void);
void lf_sysctl_exit(void);

#endif /* _LITEFLOW_CORE_H */
