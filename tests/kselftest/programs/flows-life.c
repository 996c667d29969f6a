// SPDX-License-Identifier: GPL-2.0
/*
 * Scenarios of lf-flows: how connections begin, end and change.
 */
#include "connection.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The second connection brings data in its SYN. */
static const char *fast_open(void)
{
	struct tcp_info info = {};
	struct pair p;
	char hello[5];
	int i, n = 16;

	CHECK(open_listener(&p, &both_ends), "no listener");
	CHECK(!setsockopt(p.listener, IPPROTO_TCP, TCP_FASTOPEN, &n, sizeof(n)),
	      "TCP_FASTOPEN: %s", strerror(errno));
	for (i = 0; i < 2; i++) {
		p.client = new_socket(&both_ends, LITEFLOW);
		CHECK(sendto(p.client, "hello", 5, MSG_FASTOPEN,
			     (struct sockaddr *)&p.address, p.length) == 5,
		      "MSG_FASTOPEN: %s", strerror(errno));
		p.server = accept(p.listener, NULL, NULL);
		CHECK(p.server >= 0, "accept: %s", strerror(errno));
		CHECK(has_cc(p.server, LITEFLOW), "the child's name");
		CHECK(wait_flows(2), "%u flows, not 2", cc_app().flows);
		CHECK(recv(p.server, hello, 5, MSG_WAITALL) == 5, "no data");
		CHECK(transfer(p.server, p.client, MEGABYTE), "damaged data");
		info = info_of(p.client);
		close(p.client);
		close(p.server);
	}
	close(p.listener);
	CHECK(info.tcpi_options & TCPI_OPT_SYN_DATA, "no data in the SYN");
	return NULL;
}

static const char *reset(void)
{
	struct linger linger = { .l_onoff = 1 };
	struct stream s;
	struct pair p;

	CHECK(open_pair(&p, &both_ends), "no connection");
	begin_stream(&s, p.client, p.server, 1ULL << 40);
	usleep(100000);
	end_stream(&s, true);
	setsockopt(p.client, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	close(p.client);
	CHECK(wait_flows(1), "%u flows, not 1", cc_app().flows);
	CHECK(send(p.server, "x", 1, MSG_NOSIGNAL) < 0, "not reset");
	close(p.server);
	close(p.listener);
	return NULL;
}

static const char *refused(void)
{
	struct pair p;

	CHECK(open_listener(&p, &both_ends), "no listener");
	close(p.listener);
	CHECK(!open_client(&p, &both_ends) && errno == ECONNREFUSED, "%s",
	      strerror(errno));
	close(p.client);
	return NULL;
}

static bool reconnect(struct pair *p)
{
	struct sockaddr nowhere = { .sa_family = AF_UNSPEC };

	if (connect(p->client, &nowhere, sizeof(nowhere)))
		return false;
	close(p->server);
	if (connect(p->client, (struct sockaddr *)&p->address, p->length))
		return false;
	p->server = accept(p->listener, NULL, NULL);
	return p->server >= 0;
}

/* The network decides again; then the end. */
static const char *decides_afterwards(struct pair *p)
{
	uint64_t before = cc_app().inferences;
	struct stream s;
	bool decided;

	begin_stream(&s, p->client, p->server, 1ULL << 40);
	decided = wait_decisions(before + 10);
	end_stream(&s, true);
	close_pair(p);
	CHECK(decided, "no decision afterwards");
	return NULL;
}

static const char *disconnect_reconnect(void)
{
	struct pair p;
	int i;

	CHECK(open_pair(&p, &both_ends), "no connection");
	for (i = 0; i < 20; i++) {
		CHECK(transfer(p.client, p.server, 65536), "damaged data");
		CHECK(reconnect(&p), "reconnect: %s", strerror(errno));
		CHECK(has_cc(p.client, LITEFLOW), "the name after it");
	}
	CHECK(wait_flows(2), "%u flows, not 2", cc_app().flows);
	return decides_afterwards(&p);
}

/* A socket that runs under Reno when it is disconnected is none for ever. */
static const char *reconnect_after_fallback(void)
{
	static const struct options client = {
		.family = AF_INET, .client = LITEFLOW, .pace = PACE,
	};
	struct nl_snapshot snap;
	uint64_t before;
	struct pair p;

	CHECK(nl_find_snapshot(&nl, SNAPSHOT, &snap), "no snapshot");
	CHECK(!nl_unload(&nl, snap.id, SNAPSHOT, LF_FLAG_FORCE), "%s", nl.text);
	before = cc_app().fallbacks;
	CHECK(open_pair(&p, &client), "no connection");
	CHECK(cc_app().fallbacks > before, "no fallback without a snapshot");
	CHECK(transfer(p.client, p.server, MEGABYTE), "damaged data");
	CHECK(!nl_activate(&nl, snap.id, 0), "%s", nl.text);
	CHECK(reconnect(&p), "reconnect: %s", strerror(errno));
	CHECK(wait_flows(1), "%u flows, not 1", cc_app().flows);
	return decides_afterwards(&p);
}

static const char *switch_midway(void)
{
	static const char *const name[] = { "cubic", LITEFLOW, "reno", LITEFLOW };
	struct tcp_info info;
	struct stream s;
	struct pair p;
	int i;

	CHECK(open_pair(&p, &both_ends), "no connection");
	begin_stream(&s, p.client, p.server, 1ULL << 40);
	for (i = 0; i < 1000; i++) {
		set_cc(p.client, name[i % 4]);
		if (i % 3 == 0)
			usleep(1000);
		set_cc(p.server, name[(i + 1) % 4]);
		CHECK(has_cc(p.client, name[i % 4]), "the name");
	}
	info = info_of(p.client);
	CHECK(end_stream(&s, true), "damaged data");
	CHECK(s.moved > MEGABYTE, "only %lu bytes moved", s.moved);
	/* Each take-over may probe, but not from what the last one hoped for. */
	CHECK(info.tcpi_snd_cwnd < 10000, "a window of %u", info.tcpi_snd_cwnd);
	CHECK(wait_flows(1), "%u flows, not 1", cc_app().flows);
	close_pair(&p);
	return NULL;
}

static const char *switch_mptcp(void)
{
	struct options o = both_ends;
	struct stream s;
	struct pair p;
	int i;

	o.protocol = IPPROTO_MPTCP;
	CHECK(open_pair(&p, &o), "no connection: %s", strerror(errno));
	begin_stream(&s, p.client, p.server, 1ULL << 40);
	for (i = 0; i < 200; i++) {
		set_cc(p.client, i & 1 ? LITEFLOW : "cubic");
		usleep(500);
	}
	CHECK(end_stream(&s, true), "%s after %lu bytes", s.damaged ?
	      "damaged data" : "cut", s.moved);
	close_pair(&p);
	return NULL;
}

/* What is in a listener's private area must not reach its children. */
static const char *listener_changes(void)
{
	struct pair p;
	int i;

	CHECK(open_listener(&p, &both_ends), "no listener");
	for (i = 0; i < 100; i++) {
		bool on = i & 1;

		set_cc(p.listener, on ? LITEFLOW : "cubic");
		CHECK(open_client(&p, &both_ends), "connect: %s", strerror(errno));
		p.server = accept(p.listener, NULL, NULL);
		CHECK(has_cc(p.server, LITEFLOW) == on, "the child's name");
		CHECK(transfer(p.server, p.client, 20000), "damaged data");
		close(p.client);
		close(p.server);
	}
	close(p.listener);
	return NULL;
}

static const char *never_accepted(void)
{
	int client[50], i;
	struct pair p;

	CHECK(open_listener(&p, &both_ends), "no listener");
	for (i = 0; i < 50; i++) {
		CHECK(open_client(&p, &both_ends), "connect: %s", strerror(errno));
		client[i] = p.client;
	}
	CHECK(wait_flows(100), "%u flows, not 100", cc_app().flows);
	close(p.listener);
	for (i = 0; i < 50; i++)
		close(client[i]);
	return NULL;
}

static const char *short_connections(void)
{
	struct pair p;
	int i;

	CHECK(open_listener(&p, &both_ends), "no listener");
	for (i = 0; i < 300; i++) {
		CHECK(open_client(&p, &both_ends), "connect: %s", strerror(errno));
		p.server = accept(p.listener, NULL, NULL);
		CHECK(send(p.client, "x", 1, 0) == 1, "send");
		close(p.client);
		close(p.server);
	}
	close(p.listener);
	return NULL;
}

static int syn_retransmits(int fd)
{
	return info_of(fd).tcpi_total_retrans;
}

static const char *syn_loss(void)
{
	struct pollfd poll_client = { .events = POLLOUT };
	double end = now_s() + PATIENCE_S;
	struct pair p;

	CHECK(open_listener(&p, &both_ends), "no listener");
	CHECK(!lo("netem loss 100%"), "tc");
	p.client = new_socket(&both_ends, LITEFLOW);
	fcntl(p.client, F_SETFL, O_NONBLOCK);
	connect(p.client, (struct sockaddr *)&p.address, p.length);
	while (!syn_retransmits(p.client) && now_s() < end)
		usleep(20000);
	lo(NULL);
	CHECK(syn_retransmits(p.client), "no SYN was lost");
	poll_client.fd = p.client;
	CHECK(poll(&poll_client, 1, PATIENCE_S * 1000) == 1, "no connection");
	p.server = accept(p.listener, NULL, NULL);
	CHECK(transfer(p.client, p.server, MEGABYTE), "damaged data");
	CHECK(cc_app().flows == 2, "%u flows, not 2", cc_app().flows);
	close_pair(&p);
	return NULL;
}

static const char *syn_timeout(void)
{
	struct pair p;
	int one = 1;

	CHECK(open_listener(&p, &both_ends), "no listener");
	CHECK(!lo("netem loss 100%"), "tc");
	p.client = new_socket(&both_ends, LITEFLOW);
	setsockopt(p.client, IPPROTO_TCP, TCP_SYNCNT, &one, sizeof(one));
	one = connect(p.client, (struct sockaddr *)&p.address, p.length);
	lo(NULL);
	CHECK(one && errno == ETIMEDOUT, "connect: %s", strerror(errno));
	close(p.client);
	close(p.listener);
	return NULL;
}

static const char *blackout(void)
{
	struct stream s;
	uint64_t moved;
	struct pair p;

	CHECK(open_pair(&p, &both_ends), "no connection");
	begin_stream(&s, p.client, p.server, 1ULL << 40);
	usleep(200000);
	CHECK(!lo("netem loss 100%"), "tc");
	usleep(1500000);
	moved = s.moved;
	lo(NULL);
	CHECK(info_of(p.client).tcpi_backoff > 0, "no timeout was seen");
	usleep(3000000);
	CHECK(end_stream(&s, true), "damaged data");
	CHECK(s.moved > moved + MEGABYTE, "%lu bytes afterwards",
	      s.moved - moved);
	close_pair(&p);
	return NULL;
}

const struct scenario life_scenarios[] = {
	{ "active4", "active open, IPv4", .flows = 1,
	  .options = { .family = AF_INET, .pace = PACE,
		       .client = LITEFLOW } },
	{ "active6", "active open, IPv6", .flows = 1,
	  .options = { .family = AF_INET6, .pace = PACE,
		       .client = LITEFLOW } },
	{ "mapped", "active open, IPv4 by an IPv6 socket", .flows = 1,
	  .options = { .family = AF_INET6, .pace = PACE,
		       .mapped = true, .client = LITEFLOW } },
	{ "passive4", "passive open, IPv4: the child inherits", .flows = 1,
	  .options = { .family = AF_INET, .pace = PACE,
		       .listener = LITEFLOW } },
	{ "passive6", "passive open, IPv6: the child inherits", .flows = 1,
	  .options = { .family = AF_INET6, .pace = PACE,
		       .listener = LITEFLOW } },
	{ "both", "both ends", .flows = 2,
	  .options = { .family = AF_INET, .pace = PACE,
		       .client = LITEFLOW, .listener = LITEFLOW } },
	{ "mptcp", "MPTCP subflows, IPv4", .flows = 2,
	  .options = { .family = AF_INET, .pace = PACE,
		       .protocol = IPPROTO_MPTCP, .client = LITEFLOW,
		       .listener = LITEFLOW } },
	{ "mptcp6", "MPTCP subflows, IPv6", .flows = 2,
	  .options = { .family = AF_INET6, .pace = PACE,
		       .protocol = IPPROTO_MPTCP, .client = LITEFLOW,
		       .listener = LITEFLOW } },
	{ "fastopen", "TCP Fast Open: child of a SYN with data",
	  .run = fast_open },
	{ "reset", "reset under traffic", .run = reset },
	{ "refused", "connection refused", .run = refused },
	{ "reconnect", "disconnect and reconnect",
	  .run = disconnect_reconnect },
	{ "refallback", "disconnect and reconnect after a fallback",
	  .run = reconnect_after_fallback },
	{ "switch", "switch of congestion control midway, both ways",
	  .run = switch_midway },
	{ "switchmptcp", "switch of congestion control midway, MPTCP",
	  .run = switch_mptcp },
	{ "listener", "listener that changes its congestion control",
	  .run = listener_changes },
	{ "unaccepted", "connections never accepted", .run = never_accepted },
	{ "short", "hundreds of short connections", .run = short_connections },
	{ "synloss", "SYN lost", .run = syn_loss },
	{ "syntimeout", "SYN timeout", .run = syn_timeout },
	{ "blackout", "nothing passes for a while", .run = blackout },
	{ 0 }
};
