// SPDX-License-Identifier: GPL-2.0
/*
 * Queries: a decision that a flow asks of user space, the deployment that a
 * network in the kernel is compared with. One process at a time serves an app,
 * by netlink (netlink_query.c) or by a character device (device.c).
 *
 * A flow has at most one question open, the last one it asked. An answer goes
 * into the flow object, which is found by its id under RCU; no socket is
 * locked, and the flow takes it when it runs next. Whatever answers no open
 * question is stale.
 */
#include <linux/export.h>
#include <linux/ktime.h>
#include <linux/string.h>

#include "core.h"

/* Callers hold lf_mutex. */
int lf_serve(struct lf_app *app, struct lf_server *server,
	     struct netlink_ext_ack *extack)
{
	lockdep_assert_held(&lf_mutex);
	if (rcu_access_pointer(app->server)) {
		NL_SET_ERR_MSG(extack, "another process serves this app");
		return -EBUSY;
	}
	rcu_assign_pointer(app->server, server);
	return 0;
}

/* The same. server->gone() may free it after a grace period. */
void lf_serve_end(struct lf_app *app)
{
	struct lf_server *server;

	server = rcu_replace_pointer(app->server, NULL,
				     lockdep_is_held(&lf_mutex));
	if (server)
		server->gone(server);
}

bool lf_flow_served(const struct lf_flow *flow)
{
	return rcu_access_pointer(flow->app->server);
}
EXPORT_SYMBOL_GPL(lf_flow_served);

static void lf_query_count(struct lf_app *app, enum lf_query_count what)
{
	atomic64_inc(&app->queries[what]);
}

static void lf_query_late(struct lf_app *app)
{
	lf_query_count(app, LF_QUERY_LATE);
	lf_app_fallback(app, LF_REASON_NO_ANSWER);
}

/* The flow's question at lf_query_bytes(n_in) bytes, aligned or not. */
void lf_query_fill(void *at, const struct lf_flow *flow, const s32 *in)
{
	u16 n = flow->app->desc->n_in;
	struct lf_query head = { .flow = flow->id, .seq = flow->asked, .n = n };
	u32 bytes = n * sizeof(*in);

	memcpy(at, &head, sizeof(head));
	memcpy(at + sizeof(head), in, bytes);
	memset(at + sizeof(head) + bytes, 0,
	       lf_query_bytes(n) - sizeof(head) - bytes);
}

int lf_flow_ask(struct lf_flow *flow, const s32 *in)
{
	struct lf_app *app = flow->app;
	struct lf_server *server;
	int err = -ENOTCONN;

	rcu_read_lock();
	server = rcu_dereference(app->server);
	if (server) {
		WRITE_ONCE(flow->asked, flow->asked + 1);
		lf_query_count(app, LF_QUERY_ASKED);
		err = server->ask(server, flow, in);
		if (err)
			lf_query_late(app);
	}
	rcu_read_unlock();
	return err;
}
EXPORT_SYMBOL_GPL(lf_flow_ask);

int lf_flow_answer(struct lf_flow *flow, struct lf_decision *d,
		   u64 *arrived_ns)
{
	const struct lf_app_desc *desc = flow->app->desc;
	int i;

	/* Pairs with the release in lf_query_give(). */
	if (smp_load_acquire(&flow->answered) != flow->asked)
		return -EAGAIN;
	*arrived_ns = flow->answer_ns;
	d->snapshot = 0;
	d->sigma = 0;
	d->clipped = false;
	for (i = 0; i < desc->n_out; i++) {
		d->mean[i] = flow->answer[i];
		d->out[i] = flow->answer[i];
		if (d->out[i] < desc->out[i].lo || d->out[i] > desc->out[i].hi)
			return -ERANGE;
	}
	return 0;
}
EXPORT_SYMBOL_GPL(lf_flow_answer);

void lf_flow_give_up(struct lf_flow *flow)
{
	WRITE_ONCE(flow->asked, flow->asked + 1);
	lf_query_late(flow->app);
}
EXPORT_SYMBOL_GPL(lf_flow_give_up);

/*
 * The flow reads its answer only while the last question is answered, and what
 * is answered is not written again: nothing is read half written.
 */
static bool lf_query_give(struct lf_flow *flow, u32 seq, const void *out,
			  u32 bytes)
{
	bool open;

	spin_lock_bh(&flow->lock);
	open = !flow->ended && seq == READ_ONCE(flow->asked) &&
	       seq != flow->answered;
	if (open) {
		memcpy(flow->answer, out, bytes);
		flow->answer_ns = ktime_get_ns();
		/* Pairs with the acquire in lf_flow_answer(). */
		smp_store_release(&flow->answered, seq);
	}
	spin_unlock_bh(&flow->lock);
	return open;
}

/*
 * Hand out answers; returns how many bytes of them were whole ones, or -EINVAL
 * if the first is none. Callers keep the app from going; any alignment.
 */
int lf_query_answer(struct lf_app *app, const void *answers, u32 bytes)
{
	const struct lf_app_desc *desc = app->desc;
	u32 size = lf_query_bytes(desc->n_out);
	struct lf_flow *flow;
	struct lf_query head;
	u32 at;

	for (at = 0; at + size <= bytes; at += size) {
		memcpy(&head, answers + at, sizeof(head));
		if (head.n != desc->n_out)
			break;
		rcu_read_lock();
		flow = head.flow <= U32_MAX ?
		       xa_load(&app->flows, head.flow) : NULL;
		lf_query_count(app, flow &&
			       lf_query_give(flow, head.seq,
					     answers + at + sizeof(head),
					     desc->n_out * sizeof(s32)) ?
			       LF_QUERY_ANSWERED : LF_QUERY_STALE);
		rcu_read_unlock();
	}
	return at ? at : -EINVAL;
}
