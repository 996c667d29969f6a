// SPDX-License-Identifier: GPL-2.0
/*
 * Flows of a connection: where one begins and ends, what is known of it at its
 * first packet, and what it turned out to be.
 *
 * Idle is what TCP's own chronographs don't count as busy: nothing waits to be
 * sent and all is acknowledged. They tick in jiffies.
 */
#include <linux/cgroup.h>
#include <net/inet_sock.h>
#include <net/tcp.h>

#include "sched.h"

#define LF_SCHED_WELL_KNOWN_PORTS	1024
#define LF_SCHED_EPHEMERAL_PORTS	32768

/* Grows with the time that the connection is idle, modulo 2^32. */
static u32 lf_sched_idle(const struct tcp_sock *tp)
{
	u32 now = tcp_jiffies32, busy = 0;
	int i;

	for (i = 0; i < ARRAY_SIZE(tp->chrono_stat); i++)
		busy += tp->chrono_stat[i];
	if (tp->chrono_type != TCP_CHRONO_UNSPEC)
		busy += now - tp->chrono_start;
	return now - busy;
}

static u64 lf_sched_cgroup(struct sock *sk)
{
#ifdef CONFIG_SOCK_CGROUP_DATA
	return cgroup_id(sock_cgroup_ptr(&sk->sk_cgrp_data));
#else
	return 0;
#endif
}

/* Connections whose SYN went out before the module came count as passive. */
static void lf_sched_conn_fill(struct lf_sched_conn *c, struct sock *sk)
{
	bool passive = sk->sk_state != TCP_SYN_SENT;

	lf_conn_peer(sk, &c->pair.peer);
	c->pair.netns = sock_net(sk)->ns.inum;
	c->pair.port = passive ? sk->sk_num : ntohs(sk->sk_dport);
	c->pair.passive = passive;
	c->cgroup = lf_sched_cgroup(sk);
	c->priority = sk->sk_priority;
	c->own_priority = sk->sk_priority != 0;
}

/* Of the socket; NULL (counted) if there is no room for another. */
struct lf_sched_conn *lf_sched_conn(struct sock *sk)
{
	struct lf_conn *conn = lf_conn_find(lf_sched_conns, sk);

	if (conn)
		return container_of(conn, struct lf_sched_conn, conn);
	conn = lf_conn_start(lf_sched_conns, sk);
	if (!conn) {
		lf_app_fallback(lf_sched_app, LF_REASON_NO_MEMORY);
		return NULL;
	}
	lf_sched_conn_fill(container_of(conn, struct lf_sched_conn, conn), sk);
	return container_of(conn, struct lf_sched_conn, conn);
}

static struct lf_sched_key lf_sched_cgroup_key(const struct lf_sched_conn *c)
{
	struct lf_sched_key key = {};

	memcpy(&key.peer, &c->cgroup, sizeof(c->cgroup));
	return key;
}

static s32 lf_sched_mean(const struct lf_sched_past *past)
{
	s32 sum = 0;
	u32 i;

	for (i = 0; i < past->n; i++)
		sum += past->size[i];
	return past->n ? sum / (s32)past->n : 0;
}

static s32 lf_sched_dscp(const struct sock *sk)
{
	u8 field = inet_sk(sk)->tos;

#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6 && inet6_sk(sk)->tclass)
		field = inet6_sk(sk)->tclass;
#endif
	return (field >> 2) * (LF_ONE / 64);
}

/* Everything that is known at the flow's first packet, which begins at seq. */
static void lf_sched_inputs(struct lf_sched_conn *c, const struct sock *sk,
			    u32 seq)
{
	const struct lf_sched_key cgroup = lf_sched_cgroup_key(c);
	const struct tcp_sock *tp = tcp_sk(sk);
	struct lf_sched_past past;
	u16 port = c->pair.port;
	s32 *in = c->in;

	lf_sched_recall(&cgroup, c->began_us, &past);
	in[LF_SCHED_CGROUP] = lf_sched_mean(&past);
	lf_sched_recall(&c->pair, c->began_us, &past);
	in[LF_SCHED_MEAN] = lf_sched_mean(&past);
	memcpy(in + LF_SCHED_SIZES, past.size, sizeof(past.size));
	in[LF_SCHED_GAP] = past.began_us ?
			   lf_log2(c->began_us - past.began_us) : 0;
	in[LF_SCHED_QUEUED] = lf_log2(tp->write_seq - seq);
	in[LF_SCHED_SENT] = 0;
	in[LF_SCHED_RECEIVED] = lf_log2(tp->bytes_received - c->received);
	in[LF_SCHED_FIRST] = c->began ? 0 : LF_ONE;
	in[LF_SCHED_PASSIVE] = c->pair.passive ? LF_ONE : 0;
	in[LF_SCHED_WELL_KNOWN] = port < LF_SCHED_WELL_KNOWN_PORTS ? LF_ONE : 0;
	in[LF_SCHED_EPHEMERAL] = port >= LF_SCHED_EPHEMERAL_PORTS ? LF_ONE : 0;
	in[LF_SCHED_DSCP] = lf_sched_dscp(sk);
}

static void lf_sched_begin(struct lf_sched_conn *c, const struct sock *sk,
			   u32 seq, u32 len)
{
	c->began_us = lf_sched_now_us();
	c->asked_us = c->began_us;
	lf_sched_inputs(c, sk, seq);
	c->received = tcp_sk(sk)->bytes_received;
	c->began = true;
	c->next = seq;
	c->sent = 0;
	c->snapshot = 0;
	c->before = 0;
	c->mean = 0;
	c->waited_us = 0;
	c->flags = c->own_priority ? LF_SCHED_FLAG_OWN_PRIORITY : 0;
	c->asked = false;
	c->put_off = false;
	c->band = 0;
	c->flow = lf_flow_start(lf_sched_app, c->pair.netns);
	if (!c->flow)
		return;
	if (len < tcp_sk(sk)->mss_cache)
		lf_sched_put_off(c);
	else
		lf_sched_decide(c);
}

/* More follows a first packet that was not full, from seq on. */
static void lf_sched_go_on(struct lf_sched_conn *c, const struct sock *sk,
			   u32 seq)
{
	c->put_off = false;
	c->asked_us = lf_sched_now_us();
	c->before = lf_log2(c->sent);
	c->in[LF_SCHED_QUEUED] = lf_log2(tcp_sk(sk)->write_seq - seq);
	c->in[LF_SCHED_SENT] = c->before;
	lf_sched_decide(c);
}

static void lf_sched_report(const struct lf_sched_conn *c)
{
	u64 now_us = lf_sched_now_us();
	struct lf_sched_record r = {
		.flow = lf_flow_id(c->flow),
		.snapshot = c->snapshot,
		.time_ns = now_us * NSEC_PER_USEC,
		.bytes = c->sent,
		.duration_us = min_t(u64, now_us - c->began_us, U32_MAX),
		.waited_us = c->waited_us,
		.netns = c->pair.netns,
		.flags = c->flags,
		.port = c->pair.port,
		.band = c->band,
		.mean = c->mean,
		.pair = lf_sched_hash(&c->pair),
	};

	memcpy(r.state, c->in, sizeof(r.state));
	r.state[LF_SCHED_SENT] = c->before;
	lf_record(lf_sched_app, &r);
}

/* The present flow is over: what it sent is what should have been predicted. */
static void lf_sched_finish(struct lf_sched_conn *c)
{
	const struct lf_sched_key cgroup = lf_sched_cgroup_key(c);
	s32 size = lf_log2(c->sent);

	lf_sched_remember(&c->pair, size);
	lf_sched_remember(&cgroup, size);
	if (!c->flow)
		return;
	if (c->asked)
		lf_flow_give_up(c->flow);
	if (c->snapshot) {
		lf_flow_reward(c->flow, -abs(c->mean - size));
		if (c->in[LF_SCHED_SIZES])
			lf_sched_guard_judge(abs(c->mean - size),
					     abs(c->in[LF_SCHED_SIZES] - size));
	}
	lf_sched_report(c);
	lf_flow_end(c->flow);
	c->flow = NULL;
}

/* len bytes from seq on leave, for the first time or again. */
void lf_sched_sent(struct lf_sched_conn *c, struct sock *sk, u32 seq, u32 len)
{
	u32 idle = lf_sched_idle(tcp_sk(sk));
	u32 gap = msecs_to_jiffies(READ_ONCE(lf_sched_gap_ms));
	u32 end = seq + len;

	if (!c->began) {
		lf_sched_begin(c, sk, seq, len);
	} else if (seq == c->next && idle - c->idle >= gap) {
		lf_sched_finish(c);
		lf_sched_begin(c, sk, seq, len);
	} else if (seq == c->next && c->put_off) {
		lf_sched_go_on(c, sk, seq);
	}
	c->idle = idle;
	/* A packet goes by what went before it. */
	if (c->flow)
		lf_sched_follow(c);
	if (after(end, c->next)) {
		c->sent += end - c->next;
		c->next = end;
	}
}

static void lf_sched_conn_end(struct lf_conn *conn, const struct sock *sk)
{
	struct lf_sched_conn *c = container_of(conn, struct lf_sched_conn,
					       conn);

	if (!c->began)
		return;
	c->flags |= LF_SCHED_FLAG_CLOSED;
	lf_sched_finish(c);
}

const struct lf_conn_ops lf_sched_conn_ops = {
	.size = sizeof(struct lf_sched_conn),
	.end = lf_sched_conn_end,
};
