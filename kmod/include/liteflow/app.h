/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a datapath module asks of liteflow.ko.
 *
 * A module registers an app once, starts a flow object for each of its flows,
 * asks it for decisions, and ends it. The core owns everything that is shared:
 * snapshots, pins, exploration, records. It does not know what an app is about.
 *
 * Contexts: register and unregister sleep; everything else may run in softirq
 * or in process context, with or without bottom halves, and does not sleep.
 * Calls for one flow are serialised by the caller (TCP: the socket lock); the
 * core itself may change a flow's pin at any time.
 */
#ifndef _LITEFLOW_APP_H
#define _LITEFLOW_APP_H

#include <linux/errno.h>
#include <linux/liteflow.h>
#include <linux/types.h>
#include <liteflow/snapshot.h>

struct module;
struct lf_app;
struct lf_flow;

#define LF_WEIGHTS_MAX	8	/* inputs that are a flow's objective */

struct lf_app_desc {
	const char *name;		/* at most LF_APP_MAX characters */
	struct module *owner;
	u16 n_in, n_out;
	const struct lf_range *in;	/* n_in; a clip range must meet it */
	const struct lf_range *out;	/* n_out; beyond it is a failure */
	u16 n_weights;			/* leading inputs that are an objective */
	u32 record_len;			/* bytes, multiple of 8, at most 1024 */
};

/* One decision. Application values, Q16.16. */
struct lf_decision {
	u64 snapshot;			/* who decided */
	s32 mean[LF_OUT_MAX];		/* the network's answer */
	s32 out[LF_OUT_MAX];		/* what to apply: mean and noise */
	s32 sigma;			/* of the noise; 0 without */
	bool clipped;			/* an input was outside its clip range */
};

/* Returns an ERR_PTR: -EINVAL, -EEXIST, -ENOSPC, -ENOMEM. */
struct lf_app *lf_app_register(const struct lf_app_desc *desc);

/* The caller has ended all flows. Snapshots of the app lose it. */
void lf_app_unregister(struct lf_app *app);

/*
 * Start a flow and pin it to the active snapshot or the canary. NULL (counted)
 * if memory or the flow limit is exhausted. A flow without a snapshot is
 * returned all the same: ask lf_flow_ready().
 */
struct lf_flow *lf_flow_start(struct lf_app *app, u32 netns);
void lf_flow_end(struct lf_flow *flow);
u64 lf_flow_id(const struct lf_flow *flow);

/*
 * Whether the flow has a snapshot; one without adopts the active one, so that
 * a flow that began before there was any, or whose snapshot was taken away,
 * finds back.
 */
bool lf_flow_ready(struct lf_flow *flow);

/*
 * Decide from in[n_in]. 0, or -ENODATA (no snapshot), -ERANGE (an output is
 * outside the app's range), -ESTALE (net.liteflow.stale_ms).
 */
int lf_flow_infer(struct lf_flow *flow, const s32 *in, struct lf_decision *d);

/* Whether a daemon looks after this kernel: without one nothing explores. */
bool lf_daemon_attached(void);

/*
 * The same decision by a process in user space: ask, and later take the answer,
 * once it is there; one question at a time.
 *   lf_flow_ask     0, -ENOTCONN (nobody serves the app), -ENOBUFS (counted)
 *   lf_flow_answer  0, -EAGAIN (not yet), -ERANGE (as above); *arrived_ns says
 *                   when it came, CLOCK_MONOTONIC
 * Give up when the answer would be of no use any more: what comes is dropped.
 */
bool lf_flow_served(const struct lf_flow *flow);
int lf_flow_ask(struct lf_flow *flow, const s32 *in);
int lf_flow_answer(struct lf_flow *flow, struct lf_decision *d,
		   u64 *arrived_ns);
void lf_flow_give_up(struct lf_flow *flow);

/*
 * The objective of a cgroup (id as in cgroup_id()): copies n_weights values
 * within the ranges of the inputs they stand for. false if it has none.
 */
bool lf_objective(struct lf_app *app, u64 cgroup, s32 *weights);

/* The reward (Q16.16) that the flow's snapshot earned. */
void lf_flow_reward(struct lf_flow *flow, s32 reward);

/* The app's own safety rules changed a decision. */
void lf_flow_clamped(struct lf_flow *flow);

/* The flow falls back to the kernel's behaviour; counted, traced, an event. */
void lf_flow_fallback(struct lf_flow *flow, enum lf_reason reason);

/* What an error of infer, ask or answer is told as. */
static inline enum lf_reason lf_reason_of(int err)
{
	switch (err) {
	case -ENODATA:
		return LF_REASON_NO_SNAPSHOT;
	case -ESTALE:
		return LF_REASON_STALE;
	case -ENOTCONN:
		return LF_REASON_NO_ANSWER;
	default:
		return LF_REASON_RANGE;
	}
}

/* It is back under its network. */
void lf_flow_resume(struct lf_flow *flow);

/* A failure that left no flow to tell of. */
void lf_app_fallback(struct lf_app *app, enum lf_reason reason);

/* Hand a record of record_len bytes to the batch of this CPU. */
void lf_record(struct lf_app *app, const void *record);

#endif /* _LITEFLOW_APP_H */
