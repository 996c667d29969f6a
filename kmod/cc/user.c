// SPDX-License-Identifier: GPL-2.0
/*
 * The network in user space (net.liteflow.cc.user_ms), as in the deployments that
 * LiteFlow is compared with: same intervals, inputs, outputs and safety rules,
 * but a process decides. A flow asks at the end of the first interval after T,
 * and acts on the first acknowledgment after the answer.
 *
 * An answer that takes more than 2 T is late: the flow keeps its rate and asks
 * anew. Without any for a second, or 4 T, of asking it falls back to Reno; at once
 * if nobody serves its app.
 */
#include "cc.h"

#define LF_CC_SILENCE_US	USEC_PER_SEC

/* Whether there is a network to decide: a snapshot, or somebody to ask. */
bool lf_cc_ready(const struct lf_cc *cc)
{
	if (READ_ONCE(lf_cc_user_ms))
		return lf_flow_served(cc->flow);
	return lf_flow_ready(cc->flow);
}

/* A new start phase asks nothing and waits for nothing. */
void lf_cc_user_begin(struct lf_cc *cc)
{
	cc->user = (struct lf_cc_user){ };
}

/* At the end of an interval. */
enum lf_reason lf_cc_user_ask(struct lf_cc *cc, const s32 *in, u64 now_us)
{
	u64 period_us = (u64)READ_ONCE(lf_cc_user_ms) * USEC_PER_MSEC;
	struct lf_cc_user *user = &cc->user;

	if (user->waiting_us && now_us - user->waiting_us >
				max_t(u64, LF_CC_SILENCE_US, 4 * period_us))
		return LF_REASON_NO_ANSWER;
	if (user->open || now_us - user->asked_us < period_us)
		return LF_REASON_NONE;
	user->asked_us = now_us;
	if (!user->waiting_us)
		user->waiting_us = now_us;
	switch (lf_flow_ask(cc->flow, in)) {
	case 0:
		user->open = true;
		return LF_REASON_NONE;
	case -ENOTCONN:
		return LF_REASON_NO_ANSWER;
	default:
		return LF_REASON_NONE;
	}
}

/* -EAGAIN: nothing to act on; else as lf_flow_answer(). */
int lf_cc_user_answer(struct lf_cc *cc, struct lf_decision *d, u64 now_us)
{
	u64 period_us = (u64)READ_ONCE(lf_cc_user_ms) * USEC_PER_MSEC;
	struct lf_cc_user *user = &cc->user;
	u64 arrived_ns;
	int err;

	err = lf_flow_answer(cc->flow, d, &arrived_ns);
	/* It may have been in time, and no acknowledgment come since. */
	if (err != -EAGAIN)
		now_us = div_u64(arrived_ns, NSEC_PER_USEC);
	if (now_us > user->asked_us + 2 * period_us) {
		user->open = false;
		lf_flow_give_up(cc->flow);
		return -EAGAIN;
	}
	if (err != -EAGAIN) {
		user->open = false;
		user->waiting_us = 0;
	}
	return err;
}
