// SPDX-License-Identifier: GPL-2.0
/*
 * From acknowledgements to a rate: monitor intervals, the start phase, the
 * network's decision and the safety rules around it. Units: bytes/s, us.
 *
 * Safety rules, each counted when it changes what the network asked for:
 *   rate <= 2 * the most delivered in the last 10 to 20 round trips
 *   rate >= LF_CC_MIN_CWND segments in a round trip
 *   rate <= delivered rate after an interval that lost a fifth (heavy loss)
 *   rate * 0.85 at most once in a round trip with CE marks (RFC 8511's ABE)
 *   rate of a probe whether the path became longer (lf_aurora_follow())
 *   rate / 2 for each retransmission timeout, and for each RTO of idleness
 * The window is rate * (srtt + 2 intervals): it covers the rate and bounds what
 * is in flight when acknowledgements stop.
 */
#include "../compat/compat.h"
#include "cc.h"

#define LF_CC_RATE_MIN		1000ULL		/* bytes/s */
#define LF_CC_RATE_MAX		BIT_ULL(40)	/* 1 TB/s: no u64 overflows */
#define LF_CC_BW_ROUNDS		10
#define LF_CC_QUEUE_US		4000
#define LF_CC_FULL_ROUNDS	3	/* without growth end START */

static u32 lf_cc_srtt_us(const struct tcp_sock *tp)
{
	return max(tp->srtt_us >> 3, 1U);
}

static u32 lf_cc_mss(const struct tcp_sock *tp)
{
	return max_t(u32, tp->mss_cache, 1);
}

static struct lf_counters lf_cc_counters(const struct tcp_sock *tp)
{
	return (struct lf_counters) {
		.now_us = tp->tcp_mstamp,
		.sent = tp->data_segs_out,
		.delivered = tp->delivered,
		.lost = tp->lost,
		.ce = tp->delivered_ce,
	};
}

/* segments in a round trip as bytes/s */
static u64 lf_cc_segments_rate(const struct tcp_sock *tp, u32 segments)
{
	return div_u64((u64)segments * lf_cc_mss(tp) * USEC_PER_SEC,
		       lf_cc_srtt_us(tp));
}

static u64 lf_cc_floor(const struct tcp_sock *tp)
{
	return max(lf_cc_segments_rate(tp, LF_CC_MIN_CWND), LF_CC_RATE_MIN);
}

/* During recovery the window also keeps to what leaves the network. */
static u32 lf_cc_window(const struct sock *sk, const struct rate_sample *rs,
			u32 target)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	u32 room;

	if (inet_csk(sk)->icsk_ca_state != TCP_CA_Loss || !rs)
		return target;
	room = tcp_packets_in_flight(tp) + 2 * max(rs->acked_sacked, 1);
	return min(target, room);
}

static void lf_cc_enforce(struct sock *sk, const struct rate_sample *rs)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct lf_cc *cc = lf_cc(sk);
	u64 cover_us = 2ULL * lf_cc_srtt_us(tp);	/* srtt + 2 intervals */
	u64 window;

	cover_us = min_t(u64, max_t(u64, cover_us, 2 * LF_INTERVAL_MIN_US +
				    lf_cc_srtt_us(tp)), 10 * USEC_PER_SEC);
	WRITE_ONCE(sk->sk_pacing_rate,
		   min_t(u64, cc->rate, READ_ONCE(sk->sk_max_pacing_rate)));
	window = div_u64(cc->rate * cover_us, USEC_PER_SEC);
	window = div_u64(window, lf_cc_mss(tp)) + 1;
	window = clamp_t(u64, window, LF_CC_MIN_CWND, U32_MAX >> 1);
	window = lf_cc_window(sk, rs, window);
	tcp_snd_cwnd_set(tp, clamp_t(u32, window, 2, tp->snd_cwnd_clamp));
}

/* The initial window, or what is in flight: a window unused says nothing. */
static u32 lf_cc_first_window(const struct tcp_sock *tp)
{
	u32 flight = max_t(u32, tcp_packets_in_flight(tp), TCP_INIT_CWND);

	if (!tp->data_segs_out)
		return tcp_snd_cwnd(tp);
	return min(flight, tcp_snd_cwnd(tp));
}

/* START, from a rate. */
static void lf_cc_enter_start(struct sock *sk, u64 rate, u32 srtt_us)
{
	struct lf_cc *cc = lf_cc(sk);
	struct lf_counters now = lf_cc_counters(tcp_sk(sk));

	cc->phase = LF_CC_START;
	cc->rate = rate;
	cc->full_bw = 0;
	cc->full_since_us = now.now_us;
	cc->flags = LF_CC_FLAG_START;
	cc->snapshot = 0;
	lf_trial_stop(&cc->aurora.trial);
	lf_cc_user_begin(cc);
	lf_interval_begin(&cc->interval, &now, srtt_us);
	lf_cc_enforce(sk, NULL);
}

/* A connection's first start phase, or that after Reno. */
void lf_cc_begin(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct lf_cc *cc = lf_cc(sk);
	u32 srtt_us = tp->srtt_us ? lf_cc_srtt_us(tp) : 1000;
	u64 rate;

	/* Not before: a flow that is Reno's from its start is as any other. */
	cmpxchg(&sk->sk_pacing_status, SK_PACING_NONE, SK_PACING_NEEDED);
	cc->bad_rate_us = 0;
	cc->bad_queue_us = 0;
	tp->snd_ssthresh = TCP_INFINITE_SSTHRESH;
	rate = div_u64((u64)lf_cc_first_window(tp) * lf_cc_mss(tp) *
		       USEC_PER_SEC, srtt_us);
	lf_cc_enter_start(sk, clamp(2 * rate, LF_CC_RATE_MIN, LF_CC_RATE_MAX),
			  srtt_us);
}

/* The windowed maximum of the delivery rate. */
static void lf_cc_update_bw(struct lf_cc *cc, u64 delivered_rate, u64 now_us,
			    u32 srtt_us)
{
	if (now_us - cc->bw_epoch_us > (u64)LF_CC_BW_ROUNDS * srtt_us) {
		cc->bw[1] = cc->bw[0];
		cc->bw[0] = 0;
		cc->bw_epoch_us = now_us;
	}
	cc->bw[0] = max(cc->bw[0], delivered_rate);
}

/*
 * START: twice what was delivered, until that stops growing by a quarter in
 * three round trips, a queue builds up (a quarter of the base RTT, at least 4 ms
 * so that bursts don't pass for one), a tenth is lost, or CE marks come.
 */
static void lf_cc_start(struct lf_cc *cc, const struct lf_measure *m,
			u64 delivered_rate, u64 now_us, u32 srtt_us)
{
	u32 base_us = lf_aurora_base(&cc->aurora);
	bool queue = m->rtt_us > base_us + max_t(u32, base_us / 4,
						 LF_CC_QUEUE_US);
	bool loss = m->lost * 10 > m->sent || m->ce;

	if (delivered_rate >= cc->full_bw + cc->full_bw / 4) {
		cc->full_bw = delivered_rate;
		cc->full_since_us = now_us;
	}
	if (!queue && !loss &&
	    now_us - cc->full_since_us < (u64)LF_CC_FULL_ROUNDS * srtt_us) {
		cc->rate = max(cc->rate, 2 * delivered_rate);
		return;
	}
	cc->phase = LF_CC_NETWORK;
	/* What queued up meanwhile must leave: a little under the bottleneck. */
	cc->rate = lf_cc_bw(cc) - lf_cc_bw(cc) / 8;
}

/* The safety rules. Returns whether one changed the rate. */
static bool lf_cc_limit(struct sock *sk, const struct lf_measure *m,
			u64 delivered_rate, u64 now_us)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	struct lf_cc *cc = lf_cc(sk);
	struct lf_trial *trial = &cc->aurora.trial;
	u64 rate = lf_trial_rate(trial, cc->rate);

	/* What a probe ends with is a start, not a rule: marks may cut it. */
	if (!trial->probing)
		trial->rate = 0;
	if (lf_cc_bw(cc) && READ_ONCE(lf_cc_clamp))
		rate = min(rate, 2 * lf_cc_bw(cc));
	if (m->sent && m->lost * 5 > m->sent && READ_ONCE(lf_cc_clamp))
		rate = min(rate, delivered_rate);
	if (m->ce && now_us - cc->cut_us > lf_cc_srtt_us(tp)) {
		rate = min(rate, cc->rate - cc->rate * 15 / 100);
		cc->cut_us = now_us;
	}
	rate = clamp(rate, lf_cc_floor(tp), LF_CC_RATE_MAX);
	swap(rate, cc->rate);
	return rate != cc->rate;
}

/* Act on a decision, or on the error that stands for one. */
static enum lf_reason lf_cc_act(struct sock *sk, const struct lf_decision *d,
				int err, const struct lf_measure *m,
				u64 delivered_rate, u64 now_us)
{
	struct lf_cc *cc = lf_cc(sk);

	if (err)
		return lf_reason_of(err);
	cc->snapshot = d->snapshot;
	cc->mean = d->mean[0];
	cc->action = d->out[0];
	cc->sigma = d->sigma;
	cc->flags = (d->sigma ? LF_CC_FLAG_EXPLORED : 0) |
		    (d->clipped ? LF_CC_FLAG_CLIPPED : 0);
	cc->rate = lf_aurora_rate(cc->rate, d->out[0]);
	if (lf_cc_limit(sk, m, delivered_rate, now_us)) {
		cc->flags |= LF_CC_FLAG_CLAMPED;
		if (d->snapshot)
			lf_flow_clamped(cc->flow);
	}
	return LF_REASON_NONE;
}

static enum lf_reason lf_cc_decide(struct sock *sk, const struct lf_measure *m,
				   u64 delivered_rate, u64 now_us)
{
	struct lf_cc *cc = lf_cc(sk);
	s32 mocc[LF_MOCC_INPUTS];
	const s32 *in = cc->mocc ? mocc : mocc + LF_MOCC_WEIGHTS;
	struct lf_decision d;
	int err;

	memcpy(mocc, cc->weight, sizeof(cc->weight));
	memcpy(mocc + LF_MOCC_WEIGHTS, cc->aurora.state,
	       sizeof(cc->aurora.state));
	if (READ_ONCE(lf_cc_user_ms)) {
		/* Marks and losses don't wait for an answer. */
		lf_cc_limit(sk, m, delivered_rate, now_us);
		return lf_cc_user_ask(cc, in, now_us);
	}
	cc->user.waiting_us = 0;
	err = lf_flow_infer(cc->flow, in, &d);
	return lf_cc_act(sk, &d, err, m, delivered_rate, now_us);
}

/* The answer of user space, if it has come. */
static void lf_cc_hear(struct sock *sk, u64 now_us)
{
	static const struct lf_measure nothing;	/* it was reacted to */
	enum lf_reason reason;
	struct lf_decision d;
	int err;

	err = lf_cc_user_answer(lf_cc(sk), &d, now_us);
	if (err == -EAGAIN)
		return;
	reason = lf_cc_act(sk, &d, err, &nothing, 0, now_us);
	if (reason != LF_REASON_NONE)
		lf_cc_fall_back(sk, reason);
}

/*
 * What the interval was worth, Q16.16: MOCC's three terms at the connection's
 * objective; for Aurora, which has none, at what its adapter tunes for.
 */
static s32 lf_cc_reward(const struct lf_cc *cc, const struct lf_measure *m,
			u64 delivered_rate)
{
	static const s32 aurora[LF_MOCC_WEIGHTS] = LF_AURORA_WEIGHTS;
	const s32 *weight = cc->mocc ? cc->weight : aurora;
	u64 bw = max(lf_cc_bw(cc), 1ULL);
	u64 throughput = div64_u64(delivered_rate * LF_ONE, bw);
	u64 latency = LF_ONE;
	u64 loss = m->sent ? div_u64((u64)min(m->lost, m->sent) * LF_ONE,
				     m->sent) : 0;

	if (m->rtt_us)
		latency = div_u64((u64)lf_aurora_base(&cc->aurora) * LF_ONE,
				  m->rtt_us);
	return (weight[0] * min_t(u64, throughput, LF_ONE) +
		weight[1] * min_t(u64, latency, LF_ONE) +
		weight[2] * (LF_ONE - loss)) >> 16;
}

static void lf_cc_report(struct sock *sk, const struct lf_measure *m,
			 u64 delivered_rate, u64 now_us)
{
	struct lf_cc *cc = lf_cc(sk);
	struct lf_cc_record r = {
		.flow = lf_flow_id(cc->flow),
		.snapshot = cc->snapshot,
		.time_ns = now_us * NSEC_PER_USEC,
		.rate = cc->rate,
		.delivered_rate = delivered_rate,
		.seq = cc->seq++,
		.netns = sock_net(sk)->ns.inum,
		.flags = cc->flags | (m->limited ? LF_CC_FLAG_LIMITED : 0),
		.duration_us = m->duration_us,
		.rtt_us = m->rtt_us,
		.base_rtt_us = lf_aurora_base(&cc->aurora),
		.mss = lf_cc_mss(tcp_sk(sk)),
		.sent = m->sent,
		.delivered = m->delivered,
		.lost = m->lost,
		.ce = m->ce,
		.mean = cc->mean,
		.action = cc->action,
		.sigma = cc->sigma,
	};

	memcpy(r.state, cc->aurora.state, sizeof(r.state));
	memcpy(r.weight, cc->weight, sizeof(r.weight));
	lf_record(lf_cc_app(cc), &r);
}

static enum lf_reason lf_cc_steer(struct sock *sk, const struct lf_measure *m,
				  u64 delivered_rate, u64 now_us)
{
	struct lf_cc *cc = lf_cc(sk);

	/* For who decided the rate: neither START nor user space. */
	if (cc->snapshot)
		lf_flow_reward(cc->flow, lf_cc_reward(cc, m, delivered_rate));
	return lf_cc_decide(sk, m, delivered_rate, now_us);
}

/* An interval is over: learn from it, decide, say so. */
static void lf_cc_interval(struct sock *sk, const struct lf_measure *m,
			   u64 now_us)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct lf_cc *cc = lf_cc(sk);
	u32 srtt_us = lf_cc_srtt_us(tp);
	u64 delivered_rate = lf_measure_rate(m, m->delivered, lf_cc_mss(tp));
	enum lf_reason reason = LF_REASON_NONE;

	if (m->limited) {
		/* Neither acts nor trains; more delivered is still news. */
		cc->user.waiting_us = 0;
		if (delivered_rate > lf_cc_bw(cc))
			cc->bw[0] = delivered_rate;
		/* And marks must be answered all the same (RFC 3168). */
		if (m->ce)
			lf_cc_limit(sk, m, delivered_rate, now_us);
	} else {
		lf_cc_update_bw(cc, delivered_rate, now_us, srtt_us);
		lf_cc_guard_peak(cc, delivered_rate, now_us);
		lf_cc_observe(cc, m, delivered_rate, now_us);
		if (cc->phase == LF_CC_START)
			lf_cc_start(cc, m, delivered_rate, now_us, srtt_us);
		else
			reason = lf_cc_steer(sk, m, delivered_rate, now_us);
	}
	if (reason == LF_REASON_NONE && cc->phase == LF_CC_NETWORK)
		reason = lf_cc_guard(cc, m, delivered_rate);
	if (reason != LF_REASON_NONE)
		cc->flags |= LF_CC_FLAG_FALLBACK;
	lf_cc_report(sk, m, delivered_rate, now_us);
	if (reason != LF_REASON_NONE)
		lf_cc_fall_back(sk, reason);
}

static bool lf_cc_limited(const struct sock *sk, const struct rate_sample *rs)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	return rs->is_app_limited ||
	       tp->chrono_type == TCP_CHRONO_RWND_LIMITED ||
	       tp->chrono_type == TCP_CHRONO_SNDBUF_LIMITED ||
	       (!tp->is_cwnd_limited && !tcp_send_head(sk));
}

/* Softirq, or process context with bottom halves enabled; socket held. */
void lf_cc_ack(struct sock *sk, const struct rate_sample *rs)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct lf_cc *cc = lf_cc(sk);
	struct lf_counters now = lf_cc_counters(tp);

	if (cc->user.open)
		lf_cc_hear(sk, now.now_us);
	if (lf_interval_ack(&cc->interval, &now, rs->rtt_us,
			    lf_cc_limited(sk, rs)) &&
	    cc->phase != LF_CC_RENO) {
		struct lf_measure m = lf_interval_end(&cc->interval, &now);

		lf_cc_interval(sk, &m, now.now_us);
		lf_interval_begin(&cc->interval, &now, lf_cc_srtt_us(tp));
	}
	if (cc->phase != LF_CC_RENO)
		lf_cc_enforce(sk, rs);
}

/* Called for every timeout: repeats halve again. */
void lf_cc_timeout(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct lf_cc *cc = lf_cc(sk);

	if (cc->phase == LF_CC_RENO)
		return;
	cc->phase = LF_CC_NETWORK;
	lf_trial_stop(&cc->aurora.trial);
	cc->rate = max(cc->rate / 2, lf_cc_floor(tp));
	WRITE_ONCE(sk->sk_pacing_rate,
		   min_t(u64, cc->rate, READ_ONCE(sk->sk_max_pacing_rate)));
}

/*
 * The first segment after idle (jiffies): what the path carried then says ever
 * less about now. Probe anew if it was long.
 */
void lf_cc_idle(struct sock *sk, u32 idle)
{
	struct inet_connection_sock *icsk = inet_csk(sk);
	struct tcp_sock *tp = tcp_sk(sk);
	struct lf_cc *cc = lf_cc(sk);
	u64 least = lf_cc_segments_rate(tp, TCP_INIT_CWND);
	u32 rto = max(icsk->icsk_rto, 1U);
	u64 rate = cc->rate;

	if (cc->phase == LF_CC_RENO || idle < rto || !tp->srtt_us)
		return;
	for (; idle >= rto && rate > least; idle -= rto)
		rate /= 2;
	lf_cc_enter_start(sk, max(rate, lf_cc_floor(tp)), lf_cc_srtt_us(tp));
}
