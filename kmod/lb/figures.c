// SPDX-License-Identifier: GPL-2.0
/*
 * Figures of a path: what the flows that use it tell of it.
 *
 * A flow tells at most once in an RTT, when it sends, and when it ends: the
 * differences of TCP's own counters, which any congestion control keeps. They
 * are summed in a window; whoever finds it over folds it into averages. How many
 * flows there are and what they have outstanding is counted anew in each window,
 * so that idle connections don't count and nothing has to be taken back.
 */
#include <linux/math64.h>
#include <net/tcp.h>

#include "lb.h"

#define LF_LB_FOLD		4	/* a window's part of an average is 1/4 */
#define LF_LB_FRESH_US		(8 * LF_LB_WINDOW_US)	/* beyond: all of it */
#define LF_LB_RTT_FOLD		8
#define LF_LB_RATE_SEGMENTS	4	/* fewer may pass a shaper in one go */
#define LF_LB_PERIOD_US		(30 * USEC_PER_SEC)	/* of least RTT and best rate */

static u64 lf_lb_fold(u64 old, u64 new, u64 elapsed_us)
{
	if (elapsed_us >= LF_LB_FRESH_US)
		return new;
	return old - old / LF_LB_FOLD + new / LF_LB_FOLD;
}

/* Of this period and the one before, so that a longer or slower route is learnt. */
static void lf_lb_period_fold(struct lf_lb_path *path, u64 now_us)
{
	u32 least = READ_ONCE(path->least_us);
	u64 fastest = READ_ONCE(path->fastest);

	if (now_us - READ_ONCE(path->period_us) < LF_LB_PERIOD_US)
		return;
	if (least)
		WRITE_ONCE(path->base_rtt_us, least);
	if (fastest)
		WRITE_ONCE(path->best_rate, fastest);
	WRITE_ONCE(path->least_us, 0);
	WRITE_ONCE(path->fastest, 0);
	WRITE_ONCE(path->period_us, now_us);
}

static void lf_lb_window_fold(struct lf_lb_path *path, u64 elapsed_us)
{
	struct lf_lb_window *w = &path->window;
	u32 delivered = atomic_xchg(&w->delivered, 0);
	u32 lost = atomic_xchg(&w->lost, 0), ce = atomic_xchg(&w->ce, 0);
	u64 bytes = atomic64_xchg(&w->bytes, 0);
	bool paused = elapsed_us >= 2 * LF_LB_WINDOW_US;

	if (delivered + lost)
		WRITE_ONCE(path->loss,
			   lf_lb_fold(path->loss, div_u64((u64)lost * LF_ONE,
							  delivered + lost),
				      elapsed_us));
	if (delivered)
		WRITE_ONCE(path->ecn,
			   lf_lb_fold(path->ecn, div_u64((u64)ce * LF_ONE,
							 delivered),
				      elapsed_us));
	WRITE_ONCE(path->rate, lf_lb_fold(path->rate,
					  div64_u64(bytes * USEC_PER_SEC,
						    elapsed_us), elapsed_us));
	/* After a pause the last window is no present one. */
	WRITE_ONCE(path->flows, paused ? 0 : atomic_read(&w->flows));
	WRITE_ONCE(path->in_flight,
		   paused ? 0 : atomic64_read(&w->in_flight));
	atomic_set(&w->flows, 0);
	atomic64_set(&w->in_flight, 0);
}

/* Begins a window if the last one is over; returns which it is. */
static s64 lf_lb_window(struct lf_lb_path *path, u64 now_us)
{
	s64 since = atomic64_read(&path->window.since_us);
	s64 elapsed = now_us - since;

	if (elapsed < LF_LB_WINDOW_US ||
	    atomic64_cmpxchg(&path->window.since_us, since, now_us) != since)
		return since;
	lf_lb_window_fold(path, elapsed);
	lf_lb_period_fold(path, now_us);
	return now_us;
}

/* The flow sends in the present window. */
void lf_lb_join(struct lf_lb_conn *c, u32 bytes, u64 now_us)
{
	s64 window = lf_lb_window(c->path, now_us);

	if (window == c->window_us)
		return;
	c->window_us = window;
	atomic_inc(&c->path->window.flows);
	atomic64_add(bytes, &c->path->window.in_flight);
}

static void lf_lb_told_rtt(struct lf_lb_path *path, const struct tcp_sock *tp)
{
	/* The last one; the smoothed one may be of an earlier path. */
	u32 rtt = tp->rack.rtt_us ? : tp->srtt_us >> 3;
	u32 old = READ_ONCE(path->rtt_us), base = READ_ONCE(path->base_rtt_us);
	u32 least = READ_ONCE(path->least_us);

	if (!rtt)
		return;
	WRITE_ONCE(path->rtt_us, old ? old - old / LF_LB_RTT_FOLD +
				       rtt / LF_LB_RTT_FOLD : rtt);
	if (!base || rtt < base)
		WRITE_ONCE(path->base_rtt_us, rtt);
	if (!least || rtt < least)
		WRITE_ONCE(path->least_us, rtt);
}

/* The largest that a flow was delivered with, as TCP measures it. */
static void lf_lb_told_rate(struct lf_lb_path *path, const struct tcp_sock *tp)
{
	u64 rate = READ_ONCE(tp->rate_delivered);
	u32 us = READ_ONCE(tp->rate_interval_us);

	if (!us || rate < LF_LB_RATE_SEGMENTS)
		return;
	rate = div_u64(rate * tp->mss_cache * USEC_PER_SEC, us);
	if (rate > READ_ONCE(path->fastest))
		WRITE_ONCE(path->fastest, rate);
	if (rate > READ_ONCE(path->best_rate))
		WRITE_ONCE(path->best_rate, rate);
}

static void lf_lb_told_counts(struct lf_lb_path *path,
			      const struct lf_lb_conn *c,
			      const struct tcp_sock *tp, u64 now_us)
{
	u32 delivered = tp->delivered - c->delivered;
	u32 lost = tp->lost - c->lost, ce = tp->delivered_ce - c->ce;

	if (delivered) {
		atomic_add(delivered, &path->window.delivered);
		atomic64_add((u64)delivered * tp->mss_cache,
			     &path->window.bytes);
		if (after(tp->snd_una, c->moved))
			lf_lb_alive(path);
		lf_lb_told_rtt(path, tp);
		lf_lb_told_rate(path, tp);
	}
	if (lost)
		atomic_add(lost, &path->window.lost);
	if (ce)
		atomic_add(ce, &path->window.ce);
	if (delivered || lost)
		WRITE_ONCE(path->told_us, now_us);
}

/* What came of what was sent over an earlier path is not this one's. */
void lf_lb_told(struct lf_lb_conn *c, const struct sock *sk, u64 now_us)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	struct lf_lb_path *path = c->path;

	if (path && !before(tp->snd_una, c->moved)) {
		lf_lb_window(path, now_us);
		lf_lb_told_counts(path, c, tp, now_us);
	}
	c->told_us = now_us;
	c->delivered = tp->delivered;
	c->lost = tp->lost;
	c->ce = tp->delivered_ce;
}

/* Halved as often as that time has passed. */
static u64 lf_lb_age(u64 value, u64 age_us)
{
	u32 halvings = min_t(u64, age_us / LF_LB_HALF_LIFE_US, 63);

	return value >> halvings;
}

static u64 lf_lb_silence(const struct lf_lb_path *path, u64 now_us)
{
	u64 told_us = READ_ONCE(path->told_us);

	if (!told_us)
		return LF_LB_AGE_MOST_US;
	return now_us > told_us ?
	       min_t(u64, now_us - told_us, LF_LB_AGE_MOST_US) : 0;
}

/* Smoothed, and back to the least one if no flow tells of it; 0: none has. */
u32 lf_lb_rtt(const struct lf_lb_path *path, u64 now_us)
{
	u32 rtt = READ_ONCE(path->rtt_us), base = READ_ONCE(path->base_rtt_us);

	if (rtt <= base)
		return rtt;
	return base + lf_lb_age(rtt - base, lf_lb_silence(path, now_us));
}

/* log2 of the ratio, not below 0; 0 where one of them is not known. */
static s32 lf_lb_over(u64 more, u64 less)
{
	return more && less ? max(0, lf_log2(more) - lf_log2(less)) : 0;
}

/* best: of all paths that the flow may take. */
void lf_lb_inputs(const struct lf_lb_path *path, const struct lf_lb_best *best,
		  u32 waiting, u64 now_us, s32 *in)
{
	const struct lf_lb_window *w = &path->window;
	u64 silence = lf_lb_silence(path, now_us);
	u32 rtt = lf_lb_rtt(path, now_us);
	u32 flows = atomic_read(&w->flows);
	u64 in_flight = atomic64_read(&w->in_flight);

	in[LF_LB_LONGER] = lf_lb_over(rtt, best->rtt_us);
	in[LF_LB_QUEUE] = lf_lb_over(rtt, READ_ONCE(path->base_rtt_us));
	in[LF_LB_LOSS] = lf_lb_age(READ_ONCE(path->loss), silence);
	in[LF_LB_ECN] = lf_lb_age(READ_ONCE(path->ecn), silence);
	in[LF_LB_RATE] = lf_log2(lf_lb_age(READ_ONCE(path->rate), silence));
	in[LF_LB_FLOWS] = lf_log2(max_t(u64, flows,
					lf_lb_age(READ_ONCE(path->flows),
						  silence)));
	in[LF_LB_IN_FLIGHT] = lf_log2(max_t(u64, in_flight,
					    lf_lb_age(READ_ONCE(path->in_flight),
						      silence)));
	in[LF_LB_SLOWER] = lf_lb_over(best->rate, READ_ONCE(path->best_rate));
	in[LF_LB_CAPACITY] = lf_log2(path->config.weight);
	in[LF_LB_AGE] = lf_log2(silence);
	in[LF_LB_SIZE] = lf_log2(waiting);
}

/* That a flow was delivered with over any of the paths. */
static u64 lf_lb_best_rate(const struct lf_lb_group *group)
{
	u64 rate = 0;
	int i;

	for (i = 0; i < LF_LB_PATHS_MAX; i++) {
		const struct lf_lb_path *path = rcu_dereference(group->path[i]);

		if (path)
			rate = max(rate, READ_ONCE(path->best_rate));
	}
	return rate;
}

struct lf_lb_best lf_lb_best(const struct lf_lb_group *group, u64 now_us)
{
	struct lf_lb_best best = { .rate = lf_lb_best_rate(group) };
	int i;

	for (i = 0; i < LF_LB_PATHS_MAX; i++) {
		const struct lf_lb_path *path = rcu_dereference(group->path[i]);
		u32 rtt = path ? lf_lb_rtt(path, now_us) : 0;

		if (rtt)
			best.rtt_us = best.rtt_us ? min(best.rtt_us, rtt) : rtt;
	}
	return best;
}

/*
 * What a flow takes by the best that any flow has seen of the paths: the least
 * RTT, and the bytes at the largest rate, which matters only to flows that are
 * large enough to have told one. 0 if nothing is known yet.
 */
u32 lf_lb_ideal_us(const struct lf_lb_group *group, u64 bytes)
{
	u64 rate = lf_lb_best_rate(group);
	u32 base = 0;
	int i;

	for (i = 0; i < LF_LB_PATHS_MAX; i++) {
		const struct lf_lb_path *path = rcu_dereference(group->path[i]);
		u32 rtt = path ? READ_ONCE(path->base_rtt_us) : 0;

		if (rtt)
			base = base ? min(base, rtt) : rtt;
	}
	if (!base || !rate)
		return base;
	return min_t(u64, base + div64_u64(bytes * USEC_PER_SEC, rate), U32_MAX);
}
