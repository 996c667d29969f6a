// SPDX-License-Identifier: GPL-2.0
/*
 * Decisions: from the figures of the paths to scores, and from these to a path.
 *
 * The network is asked once for each path that a flow may take. Where it runs in
 * user space one question holds the figures of all of them, and the flow goes by
 * the routing table until it is answered.
 */
#include <net/tcp.h>

#include "lb.h"

/* Bytes that are to be sent or acknowledged; a SYN is none. */
static u32 lf_lb_waiting(const struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	return tp->write_seq - tp->snd_una - (sk->sk_state == TCP_SYN_SENT);
}

/* Counted once for each flow, however often it asks. */
static void lf_lb_fail(struct lf_lb_conn *c, int err)
{
	if (c->flags & LF_LB_FLAG_FALLBACK)
		return;
	c->flags |= LF_LB_FLAG_FALLBACK;
	lf_flow_fallback(c->flow, err == -EBUSY ? LF_REASON_GUARD_ERROR :
						  lf_reason_of(err));
}

static int lf_lb_score_network(struct lf_lb_conn *c, struct lf_lb_set *set,
			       u32 waiting, u64 now_us)
{
	s32 in[LF_LB_INPUTS];
	struct lf_decision d;
	int err;
	u32 i;

	if (lf_lb_guard_holds())
		return -EBUSY;
	lf_flow_ready(c->flow);
	for (i = 0; i < set->n; i++) {
		lf_lb_inputs(set->path[i], &set->best, waiting, now_us, in);
		err = lf_flow_infer(c->flow, in, &d);
		if (err)
			return err;
		set->score[i] = d.out[0];
		set->snapshot = d.snapshot;
		set->clipped |= d.clipped;
	}
	return 0;
}

/* Each path at the place that it has in the table; what is empty is 0. */
static int lf_lb_ask(struct lf_lb_conn *c, const struct lf_lb_group *group,
		     const struct lf_lb_best *best, u32 waiting, u64 now_us)
{
	s32 in[LF_LB_USER_PATHS * LF_LB_INPUTS] = {};
	int i, err;

	for (i = 0; i < LF_LB_USER_PATHS; i++) {
		const struct lf_lb_path *path = rcu_dereference(group->path[i]);

		if (path)
			lf_lb_inputs(path, best, waiting, now_us,
				     in + i * LF_LB_INPUTS);
	}
	err = lf_flow_ask(c->flow, in);
	c->asked = !err;
	return err;
}

/* The answer, if it has come: scores of those paths that were asked of. */
static int lf_lb_score_answer(struct lf_lb_conn *c, struct lf_lb_set *set)
{
	struct lf_decision d;
	u64 arrived_ns;
	u32 i, n = 0;
	int err;

	err = lf_flow_answer(c->flow, &d, &arrived_ns);
	if (err)
		return err;
	for (i = 0; i < set->n; i++) {
		if (set->slot[i] >= LF_LB_USER_PATHS)
			continue;
		set->path[n] = set->path[i];
		set->score[n++] = d.out[set->slot[i]];
	}
	set->n = n;
	return n ? 0 : -ENODATA;
}

static void lf_lb_score_rtt(struct lf_lb_set *set, u64 now_us)
{
	u32 i;

	for (i = 0; i < set->n; i++)
		set->score[i] = min_t(u32, lf_lb_rtt(set->path[i], now_us),
				      S32_MAX);
}

/* Whether one of them is known to have a lower RTT than this one. */
static bool lf_lb_elsewhere(const struct lf_lb_set *set,
			    const struct lf_lb_path *path, u64 now_us)
{
	u32 rtt = lf_lb_rtt(path, now_us), other, i;

	for (i = 0; i < set->n; i++) {
		other = lf_lb_rtt(set->path[i], now_us);
		if (other && other < rtt)
			return true;
	}
	return false;
}

/* What a flow is judged by is what was known when its first path was chosen. */
static void lf_lb_note(struct lf_lb_conn *c, const struct lf_lb_set *set,
		       const struct lf_lb_pick *pick, u32 waiting, u64 now_us)
{
	struct lf_lb_path *path = set->path[pick->index];

	lf_lb_inputs(path, &set->best, waiting, now_us, c->in);
	c->first_mark = path->config.mark;
	c->n_paths = set->n;
	c->probability = pick->probability;
	/* A rule's score is none of a network. */
	c->mean = c->flags & LF_LB_FLAG_DECIDED ? set->score[pick->index] : 0;
	c->snapshot = set->snapshot;
	c->waited_us = min_t(u64, now_us - c->began_us, U32_MAX);
	c->elsewhere = lf_lb_elsewhere(set, path, now_us);
	if (pick->explored)
		c->flags |= LF_LB_FLAG_EXPLORED;
	if (set->clipped)
		c->flags |= LF_LB_FLAG_CLIPPED;
}

static void lf_lb_take(struct lf_lb_conn *c, const struct sock *sk,
		       struct lf_lb_path *path, u32 waiting, u64 now_us)
{
	/* One that is being taken back is none to choose. */
	if (path != c->path && refcount_inc_not_zero(&path->users)) {
		lf_lb_leave(c, sk, now_us);
		c->path = path;
		c->moved = tcp_sk(sk)->snd_nxt;
		c->window_us = 0;
	}
	atomic64_inc(&path->chosen);
	/* A SYN is none that sends: its own data would find it in its way. */
	if (c->path && waiting)
		lf_lb_join(c, waiting, now_us);
}

static void lf_lb_pick_path(struct lf_lb_conn *c, const struct sock *sk,
			    struct lf_lb_set *set, enum lf_lb_choice choice,
			    u32 explore, u32 waiting, u64 now_us)
{
	struct lf_lb_pick pick = lf_lb_choose(set, choice, explore);
	struct lf_lb_path *path = set->path[pick.index];

	if (!c->first_mark)
		lf_lb_note(c, set, &pick, waiting, now_us);
	else if (path != c->path)
		c->flags |= LF_LB_FLAG_MOVED;
	lf_lb_take(c, sk, path, waiting, now_us);
}

/* By the scores of a network, or of nothing. */
static void lf_lb_follow(struct lf_lb_conn *c, const struct sock *sk,
			 struct lf_lb_set *set, int err, u32 waiting,
			 u64 now_us)
{
	if (err) {
		lf_lb_fail(c, err);
		lf_lb_leave(c, sk, now_us);
		return;
	}
	c->flags |= LF_LB_FLAG_DECIDED;
	if (c->flags & LF_LB_FLAG_FALLBACK)
		lf_flow_resume(c->flow);
	lf_lb_pick_path(c, sk, set, READ_ONCE(lf_lb_choice),
			lf_daemon_attached() ? READ_ONCE(lf_lb_explore) : 0,
			waiting, now_us);
}

/* Without a network: what it is compared with. */
static void lf_lb_rule(struct lf_lb_conn *c, const struct sock *sk,
		       struct lf_lb_group *group, struct lf_lb_set *set,
		       u32 waiting, u64 now_us)
{
	enum lf_lb_choice choice = LF_LB_BY_WEIGHT;

	lf_lb_score_rtt(set, now_us);
	switch (READ_ONCE(lf_lb_mode)) {
	case LF_LB_LEAST_RTT:
		choice = LF_LB_LEAST;
		break;
	case LF_LB_TWO_BY_RTT:
		choice = LF_LB_BEST_OF_TWO;
		break;
	case LF_LB_ROUND_ROBIN:
		choice = LF_LB_TURN;
		set->turn = atomic_inc_return(&group->turn);
		break;
	}
	lf_lb_pick_path(c, sk, set, choice, 0, waiting, now_us);
}

/* A path that is down is tried by a flow, whatever its score. */
static void lf_lb_try(struct lf_lb_conn *c, const struct sock *sk,
		      struct lf_lb_path *path, const struct lf_lb_best *best,
		      u32 waiting, u64 now_us)
{
	c->flags |= LF_LB_FLAG_PROBE;
	if (!c->first_mark) {
		lf_lb_inputs(path, best, waiting, now_us, c->in);
		c->first_mark = path->config.mark;
	}
	lf_lb_take(c, sk, path, waiting, now_us);
}

/*
 * Where no other path is any better a flow stays on one that is down, lest it
 * should go from one to the next with each packet, until it times out itself.
 */
static bool lf_lb_stays(const struct lf_lb_conn *c, const struct lf_lb_set *set,
			const struct lf_lb_path *avoid)
{
	return !set->n || (avoid && !set->healthy && !c->retransmits &&
			   !READ_ONCE(avoid->removed));
}

/*
 * A flow that has just left a path is none to try another one with, nor is one
 * that only acknowledges, to which nothing is acknowledged.
 */
static struct lf_lb_path *lf_lb_due(const struct sock *sk, u32 waiting,
				    struct lf_lb_group *group,
				    const struct lf_lb_set *set,
				    const struct lf_lb_path *avoid)
{
	if (!set->healthy || avoid ||
	    (!waiting && sk->sk_state != TCP_SYN_SENT))
		return NULL;
	return lf_lb_probe(group);
}

static void lf_lb_decide_among(struct lf_lb_conn *c, const struct sock *sk,
			       struct lf_lb_group *group,
			       const struct lf_lb_path *avoid, u64 now_us)
{
	u32 waiting = lf_lb_waiting(sk);
	struct lf_lb_path *probe;
	struct lf_lb_set set;
	int err;

	lf_lb_collect(group, avoid, now_us, &set);
	if (lf_lb_stays(c, &set, avoid))
		return;
	probe = lf_lb_due(sk, waiting, group, &set, avoid);
	if (probe) {
		lf_lb_try(c, sk, probe, &set.best, waiting, now_us);
	} else if (c->user) {
		if (avoid)
			lf_lb_leave(c, sk, now_us);
		err = lf_lb_ask(c, group, &set.best, waiting, now_us);
		if (err)
			lf_lb_follow(c, sk, &set, err, waiting, now_us);
	} else if (READ_ONCE(lf_lb_mode) <= LF_LB_USER) {
		err = lf_lb_score_network(c, &set, waiting, now_us);
		lf_lb_follow(c, sk, &set, err, waiting, now_us);
	} else {
		lf_lb_rule(c, sk, group, &set, waiting, now_us);
	}
}

/* Choose a path for the flow, another than avoid if there is one. */
void lf_lb_decide(struct lf_lb_conn *c, const struct sock *sk,
		  const struct lf_lb_path *avoid, u64 now_us)
{
	struct lf_lb_group *group;

	rcu_read_lock();
	group = lf_lb_find(sock_net(sk), &c->peer);
	if (group && group->mask == c->mask)
		lf_lb_decide_among(c, sk, group, avoid, now_us);
	else
		lf_lb_leave(c, sk, now_us);
	rcu_read_unlock();
}

void lf_lb_hear(struct lf_lb_conn *c, const struct sock *sk, u64 now_us)
{
	u32 waiting = lf_lb_waiting(sk);
	struct lf_lb_group *group;
	struct lf_lb_set set;
	int err;

	rcu_read_lock();
	group = lf_lb_find(sock_net(sk), &c->peer);
	if (!group || group->mask != c->mask)
		goto out;
	lf_lb_collect(group, NULL, now_us, &set);
	err = lf_lb_score_answer(c, &set);
	if (err == -EAGAIN)
		goto out;
	c->asked = false;
	lf_lb_follow(c, sk, &set, err, waiting, now_us);
out:
	rcu_read_unlock();
}
