// SPDX-License-Identifier: GPL-2.0
/*
 * Decisions: from inputs to a predicted size, and from that to a band.
 *
 * A flow is decided on once, at its first packet or, if that one was not full, at
 * its second; and again whenever it has sent more than its band is for: the
 * network then knows how much that was. It never returns to an earlier band.
 * Without an answer it has none.
 */
#include "sched.h"

/* The band of a size, lf_log2() of bytes. */
static u8 lf_sched_band(s32 size)
{
	u8 band;

	for (band = 0; band < LF_SCHED_BANDS - 1; band++) {
		if (size <= lf_log2(READ_ONCE(lf_sched_limits[band])))
			break;
	}
	return band;
}

static bool lf_sched_outgrown(const struct lf_sched_conn *c)
{
	return c->band < LF_SCHED_BANDS - 1 &&
	       lf_log2(c->sent) > lf_log2(READ_ONCE(lf_sched_limits[c->band]));
}

static void lf_sched_settle(struct lf_sched_conn *c, s32 size)
{
	u8 band = lf_sched_band(max(size, lf_log2(c->sent)));

	if (c->flags & LF_SCHED_FLAG_DECIDED)
		band = max(band, c->band);
	c->band = band;
	c->flags |= LF_SCHED_FLAG_DECIDED;
}

/* What is predicted at its start is what a flow is judged by. */
static void lf_sched_apply(struct lf_sched_conn *c, const struct lf_decision *d)
{
	if (!(c->flags & LF_SCHED_FLAG_DECIDED)) {
		c->snapshot = d->snapshot;
		c->mean = d->mean[0];
		c->waited_us = min_t(u64, U32_MAX,
				     lf_sched_now_us() - c->asked_us);
	}
	if (d->clipped)
		c->flags |= LF_SCHED_FLAG_CLIPPED;
	lf_sched_settle(c, d->out[0]);
}

static void lf_sched_fail(struct lf_sched_conn *c, int err)
{
	c->flags |= LF_SCHED_FLAG_FALLBACK;
	lf_flow_fallback(c->flow, lf_reason_of(err));
}

static void lf_sched_infer(struct lf_sched_conn *c)
{
	struct lf_decision d;
	int err;

	if (lf_sched_guard_holds()) {
		c->flags |= LF_SCHED_FLAG_FALLBACK;
		lf_flow_fallback(c->flow, LF_REASON_GUARD_ERROR);
		return;
	}
	err = lf_flow_infer(c->flow, c->in, &d);
	if (err)
		lf_sched_fail(c, err);
	else
		lf_sched_apply(c, &d);
}

static void lf_sched_ask(struct lf_sched_conn *c)
{
	int err = lf_flow_ask(c->flow, c->in);

	c->asked = !err;
	if (err == -ENOTCONN)
		lf_sched_fail(c, err);
}

/* The answer of user space, if it has come. */
static void lf_sched_hear(struct lf_sched_conn *c)
{
	struct lf_decision d;
	u64 arrived_ns;
	int err = lf_flow_answer(c->flow, &d, &arrived_ns);

	if (err == -EAGAIN)
		return;
	c->asked = false;
	if (err)
		lf_sched_fail(c, err);
	else
		lf_sched_apply(c, &d);
}

void lf_sched_decide(struct lf_sched_conn *c)
{
	switch (READ_ONCE(lf_sched_mode)) {
	case LF_SCHED_KERNEL:
		lf_sched_infer(c);
		break;
	case LF_SCHED_USER:
		lf_sched_ask(c);
		break;
	default:
		lf_sched_settle(c, 0);
	}
}

/* Whether there is somebody to ask. */
static bool lf_sched_may_decide(const struct lf_sched_conn *c)
{
	switch (READ_ONCE(lf_sched_mode)) {
	case LF_SCHED_KERNEL:
		return !lf_sched_guard_holds() && lf_flow_ready(c->flow);
	case LF_SCHED_USER:
		return lf_flow_served(c->flow);
	default:
		return true;
	}
}

/* At a first packet that is not full: it goes first; ask when more follows. */
void lf_sched_put_off(struct lf_sched_conn *c)
{
	c->put_off = lf_sched_may_decide(c);
	if (!c->put_off)
		lf_sched_decide(c);
}

/* Before a packet of the flow. */
void lf_sched_follow(struct lf_sched_conn *c)
{
	if (c->asked)
		lf_sched_hear(c);
	if (!(c->flags & LF_SCHED_FLAG_DECIDED) || c->asked ||
	    c->flags & LF_SCHED_FLAG_FALLBACK || !lf_sched_outgrown(c))
		return;
	c->flags |= LF_SCHED_FLAG_OUTGROWN;
	c->in[LF_SCHED_SENT] = lf_log2(c->sent);
	/* An answer from elsewhere comes later; that it grew is known now. */
	lf_sched_settle(c, 0);
	lf_sched_decide(c);
}
