/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Aurora's view of a connection and its answer (Jay et al., "A Deep
 * Reinforcement Learning Perspective on Internet Congestion Control", ICML
 * 2019), in fixed point. Shared by tcp_liteflow.ko and the link simulator.
 *
 * State: the last 10 monitor intervals, oldest first, each as
 *   latency inflation, latency ratio, send ratio
 * where the latency ratio is the interval's mean RTT over the least such mean
 * of the last 10 to 20 s, as far as lf_aurora_next_base() and lf_aurora_follow()
 * let it rise (the paper: of the connection; a path that changed would then look
 * congested for ever). An interval that never was is (0, 1, 1).
 *
 * Action a: rate * (1 + 0.025 a) for a >= 0, rate / (1 - 0.025 a) otherwise.
 */
#ifndef _LITEFLOW_AURORA_H
#define _LITEFLOW_AURORA_H

#include "interval.h"

#define LF_AURORA_HISTORY	10
#define LF_AURORA_FEATURES	3
#define LF_AURORA_INPUTS	(LF_AURORA_HISTORY * LF_AURORA_FEATURES)
#define LF_AURORA_STEP		1638	/* 0.025 in Q16.16 */
#define LF_AURORA_ACTION_MAX	(32 * LF_ONE)	/* |a|: rate * 1.8 at most */
#define LF_AURORA_BASE_US	10000000	/* window of the least RTT */

/* What throughput, latency and loss weigh where it is judged, Q16.16: in the
 * proportion in which its adapter rewards them by default, 0.5 : 0.2 : 0.3.
 */
#define LF_AURORA_WEIGHTS	{ 32768, 13107, 19661 }

/* Trials whether the base is stale. */
#define LF_TRIAL_N		8	/* intervals above the base */
#define LF_TRIAL_FLAT		8	/* of the RTT: no more than an eighth off it */
#define LF_TRIAL_FALL		16	/* of the RTT: less of a fall is none */
#define LF_TRIAL_DRAIN_SHIFT	22	/* of us: a drain every 4.2 s */
#define LF_TRIAL_CALM_SHIFT	24	/* the same for who is calm */
#define LF_TRIAL_DRAIN		8	/* round trips to find a level, at most */
#define LF_TRIAL_CHECK		16	/* round trips after the base fell */
#define LF_TRIAL_QUIET		64	/* round trips between probes, at least... */
#define LF_TRIAL_QUIET_US	1000000	/* ... and so long */

/* Declared input ranges; a snapshot's clip ranges lie inside. Q16.16. */
#define LF_AURORA_INFLATION_MIN	(-1 * LF_ONE)
#define LF_AURORA_INFLATION_MAX	(10 * LF_ONE)
#define LF_AURORA_RATIO_MIN	(1 * LF_ONE)
#define LF_AURORA_RATIO_MAX	(10000 * LF_ONE)
#define LF_AURORA_SEND_MIN	0
#define LF_AURORA_SEND_MAX	(1000 * LF_ONE)

/* Is the base stale? See lf_aurora_follow(). */
struct lf_trial {
	__u32 rtt_us;		/* the level that it keeps to; at the probe's start */
	__u32 least_us;		/* least mean RTT of that level */
	__u32 low_us;		/* level of the probe */
	__u32 above;		/* intervals a quarter above the base, on end */
	__u32 flat;		/* the last of these, at one level; 0: no trial */
	bool lost;		/* something, at that level or in the probe */
	bool probing;
	bool draining;		/* with all others, to find a level */
	bool drained;		/* found one: does it stay? */
	bool calm;		/* the last drain confirmed the base */
	__u64 most;		/* most delivered at that level, bytes/s */
	__u64 began_us;		/* start of the probe */
	__u64 since_us;		/* the same, or when low_us was last another */
	__u64 next_us;		/* no other trial's probe before */
	__u64 clock_us;		/* wall clock after the last interval */
	__u64 check_us;		/* a probe then, trial or not; 0: to be set */
	__u32 base_us;		/* as it was after the last interval; 0: none */
	__u64 rate;		/* see lf_trial_rate(); or 0 */
};

struct lf_aurora {
	__u64 epoch_us;			/* start of the current RTT window */
	__u32 base_us[2];		/* least mean RTT: this window, last */
	__s32 state[LF_AURORA_INPUTS];	/* oldest first */
	struct lf_trial trial;
};

static inline void lf_aurora_init(struct lf_aurora *au)
{
	int i;

	*au = (struct lf_aurora){ .base_us = { 0xffffffff, 0xffffffff } };
	for (i = 0; i < LF_AURORA_INPUTS; i += LF_AURORA_FEATURES) {
		au->state[i + 1] = LF_ONE;
		au->state[i + 2] = LF_ONE;
	}
}

/* Least mean RTT in microseconds; 0xffffffff before the first interval. */
static inline __u32 lf_aurora_base(const struct lf_aurora *au)
{
	return au->base_us[0] < au->base_us[1] ? au->base_us[0] :
						 au->base_us[1];
}

static inline __s32 lf_clamp(__s32 v, __s32 lo, __s32 hi)
{
	return v < lo ? lo : v > hi ? hi : v;
}

/*
 * The base when a window has passed. Who keeps a queue up measures it: the base
 * rises by a quarter at most, and more only by lf_aurora_follow().
 */
static inline __u32 lf_aurora_next_base(const struct lf_aurora *au)
{
	__u32 base_us = lf_aurora_base(au);

	if (au->base_us[0] == 0xffffffff ||
	    au->base_us[0] <= base_us + base_us / 4)
		return au->base_us[0];
	return base_us + base_us / 4;
}

/* Shift the history and append an interval. */
static inline void lf_aurora_observe(struct lf_aurora *au,
				     const struct lf_measure *m, __u64 now_us)
{
	__s32 ratio = LF_ONE;
	int i;

	if (now_us - au->epoch_us > LF_AURORA_BASE_US) {
		au->base_us[1] = lf_aurora_next_base(au);
		au->base_us[0] = 0xffffffff;
		au->epoch_us = now_us;
	}
	if (m->rtt_us) {
		if (m->rtt_us < au->base_us[0])
			au->base_us[0] = m->rtt_us;
		ratio = lf_clamp_q16((__s64)lf_div64((__u64)m->rtt_us * LF_ONE,
						     lf_aurora_base(au)));
	}
	for (i = 0; i < LF_AURORA_INPUTS - LF_AURORA_FEATURES; i++)
		au->state[i] = au->state[i + LF_AURORA_FEATURES];
	au->state[i] = lf_clamp(m->inflation, LF_AURORA_INFLATION_MIN,
				LF_AURORA_INFLATION_MAX);
	au->state[i + 1] = lf_clamp(ratio, LF_AURORA_RATIO_MIN,
				    LF_AURORA_RATIO_MAX);
	au->state[i + 2] = lf_clamp(m->send_ratio, LF_AURORA_SEND_MIN,
				    LF_AURORA_SEND_MAX);
}

/* The path's base is what the trial measured, and so it was in the history. */
static inline void lf_aurora_rebase(struct lf_aurora *au)
{
	__u64 was_us = lf_aurora_base(au);
	__u32 now_us = au->trial.least_us;
	__s64 ratio;
	int i;

	for (i = 1; i < LF_AURORA_INPUTS; i += LF_AURORA_FEATURES) {
		ratio = (__s64)lf_div64((__u64)au->state[i] * was_us, now_us);
		au->state[i] = lf_clamp(lf_clamp_q16(ratio),
					LF_AURORA_RATIO_MIN,
					LF_AURORA_RATIO_MAX);
	}
	au->base_us[0] = now_us;
	au->base_us[1] = now_us;
}

/* Of what is over, or what another start phase or a timeout has overtaken. */
static inline void lf_trial_stop(struct lf_trial *t)
{
	t->above = 0;
	t->flat = 0;
	t->probing = false;
	t->draining = false;
	t->drained = false;
	t->rate = 0;
}

/* What to send at instead of what was decided: a probe bounds it, and what it
 * ends with replaces it.
 */
static inline __u64 lf_trial_rate(const struct lf_trial *t, __u64 decided)
{
	if (!t->rate || (t->probing && t->rate > decided))
		return decided;
	return t->rate;
}

static inline bool lf_trial_flat(const struct lf_trial *t, __u32 rtt_us)
{
	__u32 slack_us = t->rtt_us / LF_TRIAL_FLAT;

	return rtt_us >= t->rtt_us - slack_us && rtt_us <= t->rtt_us + slack_us;
}

/*
 * Is the probe over? A lone one is when the RTT falls, or has not in two round
 * trips. A drain finds a level first, up or down: what was sent too fast before
 * still arrives. If that isn't the base, a probe goes on from there, at half the
 * rate: the queue of a rival that doesn't drain falls again.
 */
static inline bool lf_trial_over(struct lf_aurora *au, __u32 rtt_us,
				 __u64 now_us)
{
	struct lf_trial *t = &au->trial;
	__u32 base_us = lf_aurora_base(au);
	__u32 slack_us = t->low_us / LF_TRIAL_FALL;
	bool fell = rtt_us < t->low_us - slack_us;

	if (fell || (t->draining && rtt_us > t->low_us + slack_us)) {
		t->low_us = rtt_us;
		t->least_us = rtt_us;
		t->since_us = now_us;
	} else if (rtt_us < t->least_us) {
		t->least_us = rtt_us;
	}
	if (!t->draining)
		return fell || now_us - t->since_us >= 2ULL * t->low_us;
	if (now_us - t->began_us > (__u64)LF_TRIAL_DRAIN * t->rtt_us)
		return true;
	if (2 * (now_us - t->since_us) < 3ULL * t->low_us)
		return false;
	t->calm = true;
	if (t->least_us < base_us + base_us / 4)
		return true;
	t->draining = false;
	t->drained = true;
	t->since_us = now_us;
	t->rate /= 2;
	return false;
}

/* Has the path been measured, and is it another than the base says? */
static inline bool lf_trial_stale(const struct lf_trial *t, __u64 now_us)
{
	if (t->draining || now_us - t->since_us < 2ULL * t->low_us)
		return false;
	/* A full buffer keeps to one level as well, but drops. */
	return t->drained || (t->flat >= LF_TRIAL_N && !t->lost &&
			      t->low_us == t->rtt_us);
}

/* The probe goes on, or ends. Returns whether the base has been moved. */
static inline bool lf_trial_probe(struct lf_aurora *au, __u32 rtt_us,
				  __u64 now_us)
{
	struct lf_trial *t = &au->trial;
	__u64 quiet_us = (__u64)LF_TRIAL_QUIET * t->rtt_us;
	bool stale;

	if (!lf_trial_over(au, rtt_us, now_us))
		return false;
	stale = lf_trial_stale(t, now_us);
	lf_trial_stop(t);
	t->rate = t->most;
	t->next_us = now_us + (quiet_us > LF_TRIAL_QUIET_US ? quiet_us :
			       LF_TRIAL_QUIET_US);
	if (!stale)
		return false;
	t->calm = false;
	/* Was it others' queue, beside which ours was nothing? It may grow. */
	t->check_us = t->next_us;
	lf_aurora_rebase(au);
	return true;
}

/* A path that became shorter has too much in flight: its base has a queue. */
static inline void lf_trial_watch(struct lf_trial *t, __u32 base_us,
				  __u64 now_us)
{
	if (!t->check_us || base_us < t->base_us - t->base_us / 4)
		t->check_us = now_us + (__u64)LF_TRIAL_CHECK * base_us;
	t->base_us = base_us;
}

/* Is the RTT a quarter above the base, and does it keep to one level there? */
static inline void lf_trial_follow(struct lf_trial *t, __u32 base_us,
				   const struct lf_measure *m, __u64 rate)
{
	if (m->rtt_us < base_us + base_us / 4) {
		t->above = 0;
		t->flat = 0;
		t->most = rate;
		return;
	}
	if (!t->flat || !lf_trial_flat(t, m->rtt_us)) {
		t->rtt_us = m->rtt_us;
		t->flat = 0;
		t->lost = false;
		t->most = 0;
	}
	t->lost |= m->lost > 0;
	t->above++;
	t->flat++;
	if (rate > t->most)
		t->most = rate;
}

/* Is it time that all flows probe that have been above their bases for long? */
static inline bool lf_trial_drains(struct lf_trial *t, __u64 clock_us)
{
	__u32 shift = t->calm ? LF_TRIAL_CALM_SHIFT : LF_TRIAL_DRAIN_SHIFT;
	__u64 was = t->clock_us >> shift;

	t->clock_us = clock_us;
	return was != clock_us >> shift && t->above >= LF_TRIAL_N;
}

/*
 * A path that became longer looks like a queue for as long as its old base is in
 * the window. But a queue shrinks when less is sent: if the RTT has kept to one
 * level, a quarter above the base, for LF_TRIAL_N intervals, then half as much is
 * sent for two round trips. If the RTT stays where it was and nothing was lost, it
 * is the path's, and the base moves there. In either case the rate is then what it
 * was at most while the RTT was there: it was carried without the queue's growing.
 * Every 10 s, soon after the start and after a large fall of the base the same is
 * done to see whether less lies below: who comes late finds the others' queue and
 * takes it for the path, and those who know better give way to it for ever.
 *
 * But what a lone one leaves, the others may fill. So all flows whose RTT has
 * been a quarter above the base for LF_TRIAL_N intervals, level or not, probe
 * together whenever bit LF_TRIAL_DRAIN_SHIFT of the wall clock turns, and until
 * the queue is gone: what is left then is the path. Who finds the base right stays
 * out of it until bit LF_TRIAL_CALM_SHIFT turns: beside a rival the RTT is never
 * low, and each drain leaves it something. Hosts whose clocks differ by more than
 * a round trip drain apart, and measure others' queues as before.
 *
 * After lf_aurora_observe() of every interval; rate is what was delivered,
 * bytes/s; clock_us the wall clock. While trial.rate isn't 0, the sender goes at
 * that rate. Returns whether the base has been moved.
 */
static inline bool lf_aurora_follow(struct lf_aurora *au,
				    const struct lf_measure *m, __u64 rate,
				    __u64 now_us, __u64 clock_us)
{
	struct lf_trial *t = &au->trial;
	bool drains = lf_trial_drains(t, clock_us);

	if (!t->probing)
		t->rate = 0;
	if (!m->rtt_us)
		return false;
	if (t->probing) {
		t->lost |= m->lost > 0;
		return lf_trial_probe(au, m->rtt_us, now_us);
	}
	lf_trial_follow(t, lf_aurora_base(au), m, rate);
	lf_trial_watch(t, lf_aurora_base(au), now_us);
	if ((t->flat < LF_TRIAL_N || now_us < t->next_us) &&
	    now_us < t->check_us && !drains)
		return false;
	t->check_us = now_us + LF_AURORA_BASE_US;
	t->probing = true;
	t->draining = drains;
	if (drains)
		t->calm = false;
	t->rtt_us = m->rtt_us;
	t->low_us = m->rtt_us;
	t->least_us = m->rtt_us;
	t->began_us = now_us;
	t->since_us = now_us;
	t->rate = rate / 2;
	return false;
}

/*
 * rate in bytes per second (< 2^44), action in Q16.16 within
 * +-LF_AURORA_ACTION_MAX.
 */
static inline __u64 lf_aurora_rate(__u64 rate, __s32 action)
{
	__u64 size = (__u64)(action < 0 ? -(__s64)action : action);
	__u64 factor = LF_ONE + (size * LF_AURORA_STEP >> 16);

	if (action >= 0)
		return rate * factor >> 16;
	return lf_div64(rate << 16, factor);
}

#endif /* _LITEFLOW_AURORA_H */
