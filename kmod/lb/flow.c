// SPDX-License-Identifier: GPL-2.0
/*
 * Flows of a connection: when one begins and ends, when its path is chosen anew,
 * and what came of it.
 *
 * A gap is a pause in which nothing was sent for gap_us, nor for a round trip. If
 * everything had been acknowledged by then the flow is over and another one
 * begins; otherwise the flow goes on, over another path if that is better by now:
 * what was sent before the gap is ahead of what follows.
 */
#include <net/inet_connection_sock.h>
#include <net/tcp.h>

#include "lb.h"

static struct lf_lb_conn *lf_lb_conn_start(struct sock *sk,
					   const struct in6_addr *peer,
					   u32 mask)
{
	struct lf_conn *conn = lf_conn_start(lf_lb_conns, sk);
	struct lf_lb_conn *c;

	if (!conn) {
		lf_app_fallback(lf_lb_app, LF_REASON_NO_MEMORY);
		return NULL;
	}
	c = container_of(conn, struct lf_lb_conn, conn);
	c->peer = *peer;
	c->netns = sock_net(sk)->ns.inum;
	c->mask = mask;
	return c;
}

/* NULL if there is no path to the peer, or the application has its own mark. */
struct lf_lb_conn *lf_lb_conn(struct sock *sk)
{
	struct lf_conn *conn = lf_conn_find(lf_lb_conns, sk);
	const struct lf_lb_group *group;
	struct in6_addr peer;
	u32 mask = 0;

	if (conn)
		return container_of(conn, struct lf_lb_conn, conn);
	lf_conn_peer(sk, &peer);
	rcu_read_lock();
	group = lf_lb_find(sock_net(sk), &peer);
	if (group)
		mask = group->mask;
	rcu_read_unlock();
	if (!mask || sk->sk_mark & mask)
		return NULL;
	return lf_lb_conn_start(sk, &peer, mask);
}

/* Back to the routing table's choice; the socket is NULL if it has gone. */
void lf_lb_leave(struct lf_lb_conn *c, const struct sock *sk, u64 now_us)
{
	if (sk)
		lf_lb_told(c, sk, now_us);
	if (c->path)
		lf_lb_path_put(c->path);
	c->path = NULL;
}

static void lf_lb_begin(struct lf_lb_conn *c, const struct sock *sk, u32 seq,
			u64 now_us)
{
	c->began = true;
	c->began_us = now_us;
	c->next = seq;
	c->sent = 0;
	c->snapshot = 0;
	c->mean = 0;
	c->waited_us = 0;
	c->flags = 0;
	c->first_mark = 0;
	c->n_paths = 0;
	c->probability = 0;
	c->elsewhere = false;
	c->asked = false;
	memset(c->in, 0, sizeof(c->in));
	c->user = READ_ONCE(lf_lb_mode) == LF_LB_USER;
	c->flow = lf_flow_start(c->user ? lf_lb_user_app : lf_lb_app,
				c->netns);
	if (c->flow)
		lf_lb_decide(c, sk, NULL, now_us);
	else
		lf_lb_leave(c, sk, now_us);
}

static u32 lf_lb_duration(const struct lf_lb_conn *c, const struct sock *sk,
			  u64 now_us)
{
	u64 end_us = sk ? tcp_sk(sk)->delivered_mstamp : now_us;

	if (c->took_us)
		return c->took_us;
	/* Of a flow of which nothing was delivered it is an earlier one's. */
	if (end_us <= c->began_us)
		end_us = now_us;
	return min_t(u64, end_us - c->began_us, U32_MAX);
}

static u32 lf_lb_ideal(const struct lf_lb_conn *c, const struct sock *sk)
{
	struct lf_lb_group *group;
	u32 ideal_us = 0;

	if (!sk)
		return 0;
	rcu_read_lock();
	group = lf_lb_find(sock_net(sk), &c->peer);
	if (group)
		ideal_us = lf_lb_ideal_us(group, c->sent);
	rcu_read_unlock();
	return ideal_us;
}

/* Only what one path alone is to be thanked for. */
static void lf_lb_judge(const struct lf_lb_conn *c, u32 duration_us,
			u32 ideal_us)
{
	s32 slowdown = max(0, lf_log2(duration_us) - lf_log2(ideal_us));

	if (!c->snapshot || !ideal_us ||
	    c->flags & (LF_LB_FLAG_MOVED | LF_LB_FLAG_PROBE |
			LF_LB_FLAG_FALLBACK))
		return;
	lf_flow_reward(c->flow, -slowdown);
	/* What exploration has sent elsewhere is not the network's doing. */
	if (!c->elsewhere || !(c->flags & LF_LB_FLAG_EXPLORED))
		lf_lb_guard_judge(c->elsewhere, slowdown, c->mean);
}

static void lf_lb_report(const struct lf_lb_conn *c, const struct sock *sk,
			 u64 now_us)
{
	struct lf_lb_record r = {
		.flow = lf_flow_id(c->flow),
		.snapshot = c->snapshot,
		.time_ns = now_us * NSEC_PER_USEC,
		.bytes = c->sent,
		.duration_us = lf_lb_duration(c, sk, now_us),
		.ideal_us = lf_lb_ideal(c, sk),
		.waited_us = c->waited_us,
		.netns = c->netns,
		.flags = c->flags,
		.mark = c->first_mark,
		.paths = c->n_paths,
		.probability = c->probability,
		.mean = c->mean,
	};

	memcpy(r.state, c->in, sizeof(r.state));
	lf_lb_judge(c, r.duration_us, r.ideal_us);
	lf_record(lf_lb_app, &r);
}

/* The flow is over; a SYN whose data took another path is none to tell of. */
static void lf_lb_finish(struct lf_lb_conn *c, const struct sock *sk,
			 u64 now_us)
{
	if (!c->flow)
		return;
	if (c->asked)
		lf_flow_give_up(c->flow);
	if (sk)
		lf_lb_told(c, sk, now_us);
	if (c->sent)
		lf_lb_report(c, sk, now_us);
	lf_flow_end(c->flow);
	c->flow = NULL;
}

/* The path failed the flow, or was taken from it: away, at once. */
static void lf_lb_flee(struct lf_lb_conn *c, const struct sock *sk, u64 now_us)
{
	struct lf_lb_path *path = c->path;
	bool removed = READ_ONCE(path->removed);

	if (c->flow)
		lf_lb_decide(c, sk, path, now_us);
	if (removed && c->path == path)
		lf_lb_leave(c, sk, now_us);
}

/* Others found the path down, or it was taken back. */
static bool lf_lb_lost(const struct lf_lb_conn *c)
{
	return READ_ONCE(c->path->removed) ||
	       (lf_lb_health(c->path) == LF_LB_HEALTH_DOWN &&
		!(c->flags & LF_LB_FLAG_PROBE));
}

static bool lf_lb_failed(struct lf_lb_conn *c, const struct sock *sk,
			 u64 now_us)
{
	const struct inet_connection_sock *icsk = inet_csk(sk);
	bool timeout = icsk->icsk_retransmits > c->retransmits;

	c->retransmits = icsk->icsk_retransmits;
	if (!c->path)
		return false;
	if (timeout) {
		c->flags |= LF_LB_FLAG_TIMEOUT;
		/* What was delivered before it is no sign of life after it. */
		lf_lb_told(c, sk, now_us);
		lf_lb_timed_out(c->path, icsk->icsk_rto);
		return true;
	}
	return lf_lb_lost(c);
}

/*
 * Paths may differ by what is queued on them, which is part of the round trip; on
 * slow links that is longer than any fixed gap, as are pauses between packets.
 */
static u32 lf_lb_least_gap(const struct sock *sk)
{
	return max(READ_ONCE(lf_lb_gap_us), tcp_sk(sk)->srtt_us >> 3);
}

static void lf_lb_gap(struct lf_lb_conn *c, const struct sock *sk, u32 seq,
		      u64 now_us)
{
	if (tcp_sk(sk)->snd_una == seq) {
		lf_lb_finish(c, sk, now_us);
		lf_lb_begin(c, sk, seq, now_us);
	} else if (c->flow) {
		lf_lb_decide(c, sk, NULL, now_us);
	}
}

static void lf_lb_tell(struct lf_lb_conn *c, const struct sock *sk, u32 len,
		       u64 now_us)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	if (c->path && len)
		lf_lb_join(c, tp->snd_nxt - tp->snd_una + len, now_us);
	if (now_us - c->told_us >= tp->srtt_us >> 3)
		lf_lb_told(c, sk, now_us);
}

/*
 * The first data: how much waits is known now, of which a SYN told nothing, and
 * what came before is acknowledged: its RTT is known. The flow begins here, but for
 * one that tries a path: that its SYN came through is not told of.
 */
static void lf_lb_size_up(struct lf_lb_conn *c, const struct sock *sk,
			  u64 now_us)
{
	if (c->asked)
		lf_lb_hear(c, sk, now_us);
	c->began_us = now_us;
	if (c->flags & LF_LB_FLAG_PROBE)
		return;
	lf_lb_told(c, sk, now_us);
	c->flags &= LF_LB_FLAG_FALLBACK;
	c->first_mark = 0;
	if (c->flow)
		lf_lb_decide(c, sk, NULL, now_us);
}

/* len bytes from seq on leave, for the first time or again; 0: a SYN. */
void lf_lb_sent(struct lf_lb_conn *c, const struct sock *sk, u32 seq, u32 len)
{
	u64 now_us = lf_lb_now_us();
	u32 end = seq + len;

	if (!c->began)
		lf_lb_begin(c, sk, seq, now_us);
	else if (lf_lb_failed(c, sk, now_us))
		lf_lb_flee(c, sk, now_us);
	else if (len && !c->sent)
		lf_lb_size_up(c, sk, now_us);
	else if (seq == c->next && now_us - c->last_us >= lf_lb_least_gap(sk))
		lf_lb_gap(c, sk, seq, now_us);
	else if (c->asked)
		lf_lb_hear(c, sk, now_us);
	c->last_us = now_us;
	c->took_us = 0;
	if (after(end, c->next)) {
		c->sent += end - c->next;
		c->next = end;
	}
	lf_lb_tell(c, sk, len, now_us);
}

/*
 * An ACK without data leaves. Who only receives has no timeouts to learn from, so
 * that the path is chosen like that of a SYN, and left when others find it down.
 */
void lf_lb_acked(struct lf_lb_conn *c, const struct sock *sk)
{
	u64 now_us = lf_lb_now_us();

	/* What is delivered last is the FIN, which may come much later. */
	if (c->sent && !c->took_us && tcp_sk(sk)->snd_una == c->next)
		c->took_us = lf_lb_duration(c, sk, now_us);
	if (!c->began) {
		lf_lb_begin(c, sk, tcp_sk(sk)->snd_nxt, now_us);
		c->last_us = now_us;
	} else if (c->path && lf_lb_lost(c)) {
		lf_lb_flee(c, sk, now_us);
	} else if (c->asked) {
		lf_lb_hear(c, sk, now_us);
	}
}

/* The application has a mark of its own now. */
void lf_lb_yield(struct lf_lb_conn *c, const struct sock *sk)
{
	u64 now_us = lf_lb_now_us();

	lf_lb_finish(c, sk, now_us);
	lf_lb_leave(c, sk, now_us);
}

static void lf_lb_conn_end(struct lf_conn *conn, const struct sock *sk)
{
	struct lf_lb_conn *c = container_of(conn, struct lf_lb_conn, conn);
	u64 now_us = lf_lb_now_us();

	c->flags |= LF_LB_FLAG_CLOSED;
	lf_lb_finish(c, sk, now_us);
	lf_lb_leave(c, NULL, now_us);
}

const struct lf_conn_ops lf_lb_conn_ops = {
	.size = sizeof(struct lf_lb_conn),
	.end = lf_lb_conn_end,
};
