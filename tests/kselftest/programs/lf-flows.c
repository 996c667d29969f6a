// SPDX-License-Identifier: GPL-2.0
/*
 * Connections under congestion control "liteflow" in all the ways TCP has to
 * begin, end and change one. Needs lf_cc_a, active, and nobody else who uses
 * "liteflow"; runs in the first network namespace, over lo (127.0.0.1, ::1),
 * whose qdisc it changes.
 *
 * Usage: lf-flows [SCENARIO...]; see the table at the end.
 */
#include "nl.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP	262
#endif
#define LITEFLOW	"liteflow"
#define MEGABYTE	(1 << 20)
#define SNAPSHOT	"lf_cc_a"

static struct nl nl;
static char why[256];

/* A scenario returns NULL or says here what went wrong. */
static const char *wrong(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	return why;
}

#define CHECK(ok, ...) do {						\
	if (!(ok))							\
		return wrong(__VA_ARGS__);				\
} while (0)

/* --- what the kernel counts ----------------------------------------------- */

static struct nl_app cc_app(void)
{
	struct nl_app app = {};

	nl_find_app(&nl, "cc", &app);
	return app;
}

static bool wait_flows(uint32_t n)
{
	double end = now_s() + PATIENCE_S;

	while (cc_app().flows != n) {
		if (now_s() > end)
			return false;
		usleep(10000);
	}
	return true;
}

static bool wait_decisions(uint64_t more_than)
{
	double end = now_s() + PATIENCE_S;

	while (cc_app().inferences <= more_than) {
		if (now_s() > end)
			return false;
		usleep(10000);
	}
	return true;
}

/* The shell's own tc is busybox's. */
static int lo(const char *qdisc)
{
	char command[256];

	if (qdisc)
		snprintf(command, sizeof(command),
			 "/usr/bin/tc qdisc replace dev lo root %s", qdisc);
	else
		snprintf(command, sizeof(command),
			 "/usr/bin/tc qdisc del dev lo root");
	return system(command);
}

/* --- sockets -------------------------------------------------------------- */

struct options {
	int family, protocol;
	const char *client, *listener;	/* congestion control; NULL: default */
	bool mapped;			/* an IPv6 socket on IPv4 */
	uint32_t pace;			/* bytes/s of both ends, 0: no limit */
	int mss;			/* 0: lo's, which is huge */
};

struct pair {
	int listener, client, server;
	struct sockaddr_storage address;
	socklen_t length;
};

static void set_cc(int fd, const char *cc)
{
	if (cc && setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, cc, strlen(cc)))
		printf("# TCP_CONGESTION %s: %s\n", cc, strerror(errno));
}

static bool has_cc(int fd, const char *want)
{
	char name[16] = "";
	socklen_t n = sizeof(name);

	getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, &n);
	return !strncmp(name, want, sizeof(name));
}

static struct tcp_info info_of(int fd)
{
	struct tcp_info info = {};
	socklen_t n = sizeof(info);

	getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &n);
	return info;
}

static void set_address(struct pair *p, const struct options *o)
{
	struct sockaddr_in6 *a6 = (struct sockaddr_in6 *)&p->address;
	struct sockaddr_in *a4 = (struct sockaddr_in *)&p->address;

	memset(&p->address, 0, sizeof(p->address));
	p->address.ss_family = o->family;
	if (o->family == AF_INET) {
		a4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		p->length = sizeof(*a4);
	} else {
		inet_pton(AF_INET6, o->mapped ? "::ffff:127.0.0.1" : "::1",
			  &a6->sin6_addr);
		p->length = sizeof(*a6);
	}
}

static int new_socket(const struct options *o, const char *cc)
{
	int fd = socket(o->family, SOCK_STREAM, o->protocol);

	if (fd < 0)
		return fd;
	set_cc(fd, cc);
	if (o->pace)
		setsockopt(fd, SOL_SOCKET, SO_MAX_PACING_RATE, &o->pace,
			   sizeof(o->pace));
	if (o->mss)
		setsockopt(fd, IPPROTO_TCP, TCP_MAXSEG, &o->mss, sizeof(o->mss));
	return fd;
}

static bool open_listener(struct pair *p, const struct options *o)
{
	p->client = -1;
	p->server = -1;
	set_address(p, o);
	p->listener = new_socket(o, o->listener);
	if (p->listener < 0 ||
	    bind(p->listener, (struct sockaddr *)&p->address, p->length) ||
	    listen(p->listener, 128))
		return false;
	return !getsockname(p->listener, (struct sockaddr *)&p->address,
			    &p->length);
}

static bool open_client(struct pair *p, const struct options *o)
{
	p->client = new_socket(o, o->client);
	return p->client >= 0 &&
	       !connect(p->client, (struct sockaddr *)&p->address, p->length);
}

static bool open_pair(struct pair *p, const struct options *o)
{
	if (!open_listener(p, o) || !open_client(p, o))
		return false;
	p->server = accept(p->listener, NULL, NULL);
	return p->server >= 0;
}

static void close_pair(struct pair *p)
{
	close(p->client);
	close(p->server);
	close(p->listener);
}

/* --- data ----------------------------------------------------------------- */

/* A thread sends; the bytes are a running pattern, checked on the other end. */
struct stream {
	pthread_t thread;
	int from, to;
	uint64_t limit, moved;
	atomic_bool stop;
	bool damaged, failed;
};

static uint8_t pattern(uint64_t at)
{
	return at * 2654435761u >> 16;
}

static ssize_t send_some(struct stream *s, uint64_t sent)
{
	uint8_t buffer[16384];
	size_t n = sizeof(buffer), i;

	if (n > s->limit - sent)
		n = s->limit - sent;
	for (i = 0; i < n; i++)
		buffer[i] = pattern(sent + i);
	return send(s->from, buffer, n, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static ssize_t take_some(struct stream *s)
{
	uint8_t buffer[65536];
	ssize_t n = recv(s->to, buffer, sizeof(buffer), MSG_DONTWAIT);
	ssize_t i;

	for (i = 0; i < n; i++) {
		if (buffer[i] != pattern(s->moved + i))
			s->damaged = true;
	}
	return n;
}

/* Until all is moved; when stopped, until all that was sent has arrived. */
static bool streaming(const struct stream *s, uint64_t sent, double *end)
{
	if (!s->stop)
		return s->moved < s->limit;
	if (!*end)
		*end = now_s() + PATIENCE_S;
	return s->moved < sent && now_s() < *end;
}

static void *run_stream(void *context)
{
	struct stream *s = context;
	uint64_t sent = 0;
	double end = 0;

	while (streaming(s, sent, &end)) {
		struct pollfd p[2] = {
			{ .fd = sent < s->limit && !s->stop ? s->from : -1,
			  .events = POLLOUT },
			{ .fd = s->to, .events = POLLIN },
		};
		ssize_t n;

		if (poll(p, 2, 200) < 0)
			break;
		if (p[0].revents) {
			n = send_some(s, sent);
			if (n > 0)
				sent += n;
			else if (n < 0 && errno != EAGAIN)
				break;
		}
		if (p[1].revents) {
			n = take_some(s);
			if (n > 0)
				s->moved += n;
			else if (!n || errno != EAGAIN)
				break;
		}
	}
	s->failed = s->moved < (s->stop ? sent : s->limit);
	return NULL;
}

static void begin_stream(struct stream *s, int from, int to, uint64_t limit)
{
	*s = (struct stream){ .from = from, .to = to, .limit = limit };
	pthread_create(&s->thread, NULL, run_stream, s);
}

static bool end_stream(struct stream *s, bool stop)
{
	s->stop = stop;
	pthread_join(s->thread, NULL);
	return !s->failed && !s->damaged;
}

static bool transfer(int from, int to, uint64_t bytes)
{
	struct stream s;

	begin_stream(&s, from, to, bytes);
	return end_stream(&s, false);
}

/* --- scenarios ------------------------------------------------------------ */

/* A connection carries data, its flows are there, decide, and go. */
static const char *carry(const struct options *o, uint32_t flows)
{
	bool active = o->client && !strcmp(o->client, LITEFLOW);
	uint64_t before = cc_app().inferences;
	struct stream s;
	struct pair p;
	bool decided;

	CHECK(open_pair(&p, o), "no connection: %s", strerror(errno));
	CHECK(has_cc(p.client, LITEFLOW) == active, "client's name");
	CHECK(has_cc(p.server, LITEFLOW) == !!o->listener, "server's name");
	CHECK(wait_flows(flows), "%u flows, not %u", cc_app().flows, flows);
	if (active)
		begin_stream(&s, p.client, p.server, 1ULL << 40);
	else
		begin_stream(&s, p.server, p.client, 1ULL << 40);
	decided = wait_decisions(before + 10);
	CHECK(end_stream(&s, true), "the data were damaged or cut");
	close_pair(&p);
	CHECK(decided, "no decision");
	CHECK(wait_flows(0), "%u flows are left", cc_app().flows);
	return NULL;
}

#define PACE	(20 * MEGABYTE)

static const char *active_ipv4(void)
{
	return carry(&(struct options){ .family = AF_INET, .pace = PACE,
					.client = LITEFLOW }, 1);
}

static const char *active_ipv6(void)
{
	return carry(&(struct options){ .family = AF_INET6, .pace = PACE,
					.client = LITEFLOW }, 1);
}

static const char *active_mapped(void)
{
	return carry(&(struct options){ .family = AF_INET6, .pace = PACE,
					.mapped = true, .client = LITEFLOW }, 1);
}

static const char *passive_ipv4(void)
{
	return carry(&(struct options){ .family = AF_INET, .pace = PACE,
					.listener = LITEFLOW }, 1);
}

static const char *passive_ipv6(void)
{
	return carry(&(struct options){ .family = AF_INET6, .pace = PACE,
					.listener = LITEFLOW }, 1);
}

static const char *both_ends(void)
{
	return carry(&(struct options){ .family = AF_INET, .pace = PACE,
			.client = LITEFLOW, .listener = LITEFLOW }, 2);
}

static const char *mptcp(void)
{
	return carry(&(struct options){ .family = AF_INET, .pace = PACE,
			.protocol = IPPROTO_MPTCP, .client = LITEFLOW,
			.listener = LITEFLOW }, 2);
}

static const char *mptcp_ipv6(void)
{
	return carry(&(struct options){ .family = AF_INET6, .pace = PACE,
			.protocol = IPPROTO_MPTCP, .client = LITEFLOW,
			.listener = LITEFLOW }, 2);
}

static const struct options both = {
	.family = AF_INET, .client = LITEFLOW, .listener = LITEFLOW,
	.pace = PACE,
};

/* The second connection brings data in its SYN. */
static const char *fast_open(void)
{
	struct tcp_info info = {};
	struct pair p;
	int i, n = 16;

	CHECK(open_listener(&p, &both), "no listener");
	CHECK(!setsockopt(p.listener, IPPROTO_TCP, TCP_FASTOPEN, &n, sizeof(n)),
	      "TCP_FASTOPEN: %s", strerror(errno));
	for (i = 0; i < 2; i++) {
		p.client = new_socket(&both, LITEFLOW);
		CHECK(sendto(p.client, "hello", 5, MSG_FASTOPEN,
			     (struct sockaddr *)&p.address, p.length) == 5,
		      "MSG_FASTOPEN: %s", strerror(errno));
		p.server = accept(p.listener, NULL, NULL);
		CHECK(p.server >= 0, "accept: %s", strerror(errno));
		CHECK(has_cc(p.server, LITEFLOW), "the child's name");
		CHECK(wait_flows(2), "%u flows, not 2", cc_app().flows);
		CHECK(recv(p.server, why, 5, MSG_WAITALL) == 5, "no data");
		CHECK(transfer(p.server, p.client, MEGABYTE), "damaged data");
		info = info_of(p.client);
		close(p.client);
		close(p.server);
	}
	close(p.listener);
	CHECK(info.tcpi_options & TCPI_OPT_SYN_DATA, "no data in the SYN");
	CHECK(wait_flows(0), "%u flows are left", cc_app().flows);
	return NULL;
}

static const char *reset(void)
{
	struct linger linger = { .l_onoff = 1 };
	struct stream s;
	struct pair p;

	CHECK(open_pair(&p, &both), "no connection");
	begin_stream(&s, p.client, p.server, 1ULL << 40);
	usleep(100000);
	end_stream(&s, true);
	setsockopt(p.client, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	close(p.client);
	CHECK(wait_flows(1), "%u flows, not 1", cc_app().flows);
	CHECK(send(p.server, "x", 1, MSG_NOSIGNAL) < 0, "not reset");
	close(p.server);
	close(p.listener);
	CHECK(wait_flows(0), "%u flows are left", cc_app().flows);
	return NULL;
}

static const char *refused(void)
{
	struct pair p;

	CHECK(open_listener(&p, &both), "no listener");
	close(p.listener);
	CHECK(!open_client(&p, &both) && errno == ECONNREFUSED, "%s",
	      strerror(errno));
	close(p.client);
	CHECK(wait_flows(0), "%u flows are left", cc_app().flows);
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

static const char *disconnect_reconnect(void)
{
	uint64_t before;
	struct stream s;
	struct pair p;
	bool decided;
	int i;

	CHECK(open_pair(&p, &both), "no connection");
	for (i = 0; i < 20; i++) {
		CHECK(transfer(p.client, p.server, 65536), "damaged data");
		CHECK(reconnect(&p), "reconnect: %s", strerror(errno));
		CHECK(has_cc(p.client, LITEFLOW), "the name after it");
	}
	CHECK(wait_flows(2), "%u flows, not 2", cc_app().flows);
	before = cc_app().inferences;
	begin_stream(&s, p.client, p.server, 1ULL << 40);
	decided = wait_decisions(before + 10);
	end_stream(&s, true);
	close_pair(&p);
	CHECK(decided, "no decision afterwards");
	CHECK(wait_flows(0), "%u flows are left", cc_app().flows);
	return NULL;
}

/* A socket that runs under Reno when it is disconnected is none for ever. */
static const char *reconnect_after_fallback(void)
{
	static const struct options client = {
		.family = AF_INET, .client = LITEFLOW, .pace = PACE,
	};
	struct nl_snapshot snap;
	uint64_t before;
	struct stream s;
	struct pair p;
	bool decided;

	CHECK(nl_find_snapshot(&nl, SNAPSHOT, &snap), "no snapshot");
	CHECK(!nl_unload(&nl, snap.id, SNAPSHOT, LF_FLAG_FORCE), "%s", nl.text);
	before = cc_app().fallbacks;
	CHECK(open_pair(&p, &client), "no connection");
	CHECK(cc_app().fallbacks > before, "no fallback without a snapshot");
	CHECK(transfer(p.client, p.server, MEGABYTE), "damaged data");
	CHECK(!nl_activate(&nl, snap.id, 0), "%s", nl.text);
	CHECK(reconnect(&p), "reconnect: %s", strerror(errno));
	CHECK(wait_flows(1), "%u flows, not 1", cc_app().flows);
	before = cc_app().inferences;
	begin_stream(&s, p.client, p.server, 1ULL << 40);
	decided = wait_decisions(before + 10);
	end_stream(&s, true);
	close_pair(&p);
	CHECK(decided, "no decision afterwards");
	CHECK(wait_flows(0), "%u flows are left", cc_app().flows);
	return NULL;
}

static const char *switch_midway(void)
{
	static const char *const name[] = { "cubic", LITEFLOW, "reno", LITEFLOW };
	struct tcp_info info;
	struct stream s;
	struct pair p;
	int i;

	CHECK(open_pair(&p, &both), "no connection");
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
	CHECK(wait_flows(0), "%u flows are left", cc_app().flows);
	return NULL;
}

static const char *switch_mptcp(void)
{
	struct options o = both;
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
	CHECK(wait_flows(0), "%u flows are left", cc_app().flows);
	return NULL;
}

/* What is in a listener's private area must not reach its children. */
static const char *listener_changes(void)
{
	struct pair p;
	int i;

	CHECK(open_listener(&p, &both), "no listener");
	for (i = 0; i < 100; i++) {
		bool on = i & 1;

		set_cc(p.listener, on ? LITEFLOW : "cubic");
		CHECK(open_client(&p, &both), "connect: %s", strerror(errno));
		p.server = accept(p.listener, NULL, NULL);
		CHECK(has_cc(p.server, LITEFLOW) == on, "the child's name");
		CHECK(transfer(p.server, p.client, 20000), "damaged data");
		close(p.client);
		close(p.server);
	}
	close(p.listener);
	CHECK(wait_flows(0), "%u flows are left", cc_app().flows);
	return NULL;
}

static const char *never_accepted(void)
{
	int client[50], i;
	struct pair p;

	CHECK(open_listener(&p, &both), "no listener");
	for (i = 0; i < 50; i++) {
		CHECK(open_client(&p, &both), "connect: %s", strerror(errno));
		client[i] = p.client;
	}
	CHECK(wait_flows(100), "%u flows, not 100", cc_app().flows);
	close(p.listener);
	for (i = 0; i < 50; i++)
		close(client[i]);
	CHECK(wait_flows(0), "%u flows are left", cc_app().flows);
	return NULL;
}

static const char *short_connections(void)
{
	struct pair p;
	int i;

	CHECK(open_listener(&p, &both), "no listener");
	for (i = 0; i < 300; i++) {
		CHECK(open_client(&p, &both), "connect: %s", strerror(errno));
		p.server = accept(p.listener, NULL, NULL);
		CHECK(send(p.client, "x", 1, 0) == 1, "send");
		close(p.client);
		close(p.server);
	}
	close(p.listener);
	CHECK(wait_flows(0), "%u flows are left", cc_app().flows);
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

	CHECK(open_listener(&p, &both), "no listener");
	CHECK(!lo("netem loss 100%"), "tc");
	p.client = new_socket(&both, LITEFLOW);
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
	CHECK(wait_flows(0), "%u flows are left", cc_app().flows);
	return NULL;
}

static const char *syn_timeout(void)
{
	struct pair p;
	int one = 1;

	CHECK(open_listener(&p, &both), "no listener");
	CHECK(!lo("netem loss 100%"), "tc");
	p.client = new_socket(&both, LITEFLOW);
	setsockopt(p.client, IPPROTO_TCP, TCP_SYNCNT, &one, sizeof(one));
	one = connect(p.client, (struct sockaddr *)&p.address, p.length);
	lo(NULL);
	CHECK(one && errno == ETIMEDOUT, "connect: %s", strerror(errno));
	close(p.client);
	close(p.listener);
	CHECK(wait_flows(0), "%u flows are left", cc_app().flows);
	return NULL;
}

static const char *blackout(void)
{
	struct stream s;
	uint64_t moved;
	struct pair p;

	CHECK(open_pair(&p, &both), "no connection");
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
	CHECK(wait_flows(0), "%u flows are left", cc_app().flows);
	return NULL;
}

static const char *loss(void)
{
	struct options o = both;
	struct pair p;
	bool sound;

	o.mss = 1400;
	CHECK(!lo("netem loss 5%"), "tc");
	CHECK(open_pair(&p, &o), "no connection");
	sound = transfer(p.client, p.server, 4 * MEGABYTE);
	lo(NULL);
	CHECK(sound, "damaged data");
	CHECK(info_of(p.client).tcpi_total_retrans, "nothing was lost");
	close_pair(&p);
	CHECK(wait_flows(0), "%u flows are left", cc_app().flows);
	return NULL;
}

static const char *pacing_limit(void)
{
	struct options o = both;
	struct tcp_info info;
	double start, took;
	struct pair p;

	o.pace = 2 * MEGABYTE;
	CHECK(open_pair(&p, &o), "no connection");
	start = now_s();
	CHECK(transfer(p.client, p.server, 3 * MEGABYTE), "damaged data");
	took = now_s() - start;
	info = info_of(p.client);
	close_pair(&p);
	CHECK(info.tcpi_pacing_rate <= o.pace, "rate %llu",
	      info.tcpi_pacing_rate);
	CHECK(took > 1, "3 MB at 2 MB/s took %.2f s", took);
	CHECK(wait_flows(0), "%u flows are left", cc_app().flows);
	return NULL;
}

static const char *window_clamp(void)
{
	struct tcp_info info;
	struct stream s;
	struct pair p;
	int i;

	CHECK(open_pair(&p, &both), "no connection");
	begin_stream(&s, p.client, p.server, 1ULL << 40);
	for (i = 0; i < 100; i++) {
		info = info_of(p.client);
		if (info.tcpi_snd_cwnd < 2)
			break;
		usleep(5000);
	}
	CHECK(end_stream(&s, true), "damaged data");
	close_pair(&p);
	CHECK(i == 100, "a window of %u", info.tcpi_snd_cwnd);
	CHECK(wait_flows(0), "%u flows are left", cc_app().flows);
	return NULL;
}

static const char *diagnosis(void)
{
	union tcp_cc_info info = {};
	socklen_t n = sizeof(info);
	struct stream s;
	struct pair p;
	bool decided;

	CHECK(open_pair(&p, &both), "no connection");
	begin_stream(&s, p.client, p.server, 1ULL << 40);
	decided = wait_decisions(cc_app().inferences + 20);
	getsockopt(p.client, IPPROTO_TCP, TCP_CC_INFO, &info, &n);
	end_stream(&s, true);
	close_pair(&p);
	CHECK(decided, "no decision");
	CHECK(n == sizeof(info.bbr), "%u bytes", n);
	CHECK(info.bbr.bbr_bw_lo > 10000 && info.bbr.bbr_min_rtt > 0 &&
	      info.bbr.bbr_min_rtt < 1000000, "bandwidth %u, least RTT %u",
	      info.bbr.bbr_bw_lo, info.bbr.bbr_min_rtt);
	CHECK(wait_flows(0), "%u flows are left", cc_app().flows);
	return NULL;
}

/* A rate of long ago is not trusted: it is halved for each timeout of rest. */
static const char *idle_restart(void)
{
	struct options o = both;
	uint64_t before, after;
	struct stream s;
	struct pair p;

	o.pace = 0;
	CHECK(!lo("netem delay 15ms limit 100000"), "tc");
	CHECK(open_pair(&p, &o), "no connection");
	begin_stream(&s, p.client, p.server, 1ULL << 40);
	usleep(1500000);
	before = info_of(p.client).tcpi_pacing_rate;
	CHECK(end_stream(&s, true), "damaged data");
	usleep(3000000);
	CHECK(send(p.client, "x", 1, 0) == 1, "send");
	after = info_of(p.client).tcpi_pacing_rate;
	lo(NULL);
	close_pair(&p);
	CHECK(after < before / 2 && after > 0, "rate %lu before, %lu after",
	      before, after);
	CHECK(wait_flows(0), "%u flows are left", cc_app().flows);
	return NULL;
}

/* Marks instead of loss: the rate goes down all the same (RFC 3168). */
static const char *answer_marks(const char *qdisc)
{
	struct options o = both;
	struct tcp_info info;
	char marking[128];
	uint64_t before;
	struct stream s;
	struct pair p;

	snprintf(marking, sizeof(marking), "%s loss 20%% ecn", qdisc);
	o.pace = 0;
	o.mss = 1400;
	CHECK(!lo(qdisc), "tc");
	CHECK(open_pair(&p, &o), "no connection");
	CHECK(info_of(p.client).tcpi_options & TCPI_OPT_ECN, "no ECN");
	begin_stream(&s, p.client, p.server, 1ULL << 40);
	usleep(1000000);
	before = info_of(p.client).tcpi_pacing_rate;
	lo(marking);
	usleep(2000000);
	info = info_of(p.client);
	lo(NULL);
	end_stream(&s, true);
	close_pair(&p);
	CHECK(info.tcpi_delivered_ce > 0, "nothing was marked");
	CHECK(info.tcpi_pacing_rate < before / 2, "rate %lu before, %llu after",
	      before, info.tcpi_pacing_rate);
	CHECK(wait_flows(0), "%u flows are left", cc_app().flows);
	return NULL;
}

/* The machine is slower than the path: intervals are limited. */
static const char *marks_limited(void)
{
	return answer_marks("netem delay 5ms limit 100000");
}

static const char *marks_busy(void)
{
	return answer_marks("netem delay 5ms rate 80mbit limit 1000");
}

/* --- all of them ----------------------------------------------------------- */

static const struct {
	const char *name, *text;
	const char *(*run)(void);
} scenarios[] = {
	{ "active4", "active open, IPv4", active_ipv4 },
	{ "active6", "active open, IPv6", active_ipv6 },
	{ "mapped", "active open, IPv4 by an IPv6 socket", active_mapped },
	{ "passive4", "passive open, IPv4: the child inherits", passive_ipv4 },
	{ "passive6", "passive open, IPv6: the child inherits", passive_ipv6 },
	{ "both", "both ends", both_ends },
	{ "mptcp", "MPTCP subflows, IPv4", mptcp },
	{ "mptcp6", "MPTCP subflows, IPv6", mptcp_ipv6 },
	{ "fastopen", "TCP Fast Open: child of a SYN with data", fast_open },
	{ "reset", "reset under traffic", reset },
	{ "refused", "connection refused", refused },
	{ "reconnect", "disconnect and reconnect", disconnect_reconnect },
	{ "refallback", "disconnect and reconnect after a fallback",
	  reconnect_after_fallback },
	{ "switch", "switch of congestion control midway, both ways",
	  switch_midway },
	{ "switchmptcp", "switch of congestion control midway, MPTCP",
	  switch_mptcp },
	{ "listener", "listener that changes its congestion control",
	  listener_changes },
	{ "unaccepted", "connections never accepted", never_accepted },
	{ "short", "hundreds of short connections", short_connections },
	{ "synloss", "SYN lost", syn_loss },
	{ "syntimeout", "SYN timeout", syn_timeout },
	{ "blackout", "nothing passes for a while", blackout },
	{ "loss", "loss", loss },
	{ "pacing", "SO_MAX_PACING_RATE is kept", pacing_limit },
	{ "clamp", "the window is never below 2", window_clamp },
	{ "info", "TCP_CC_INFO tells bandwidth and least RTT", diagnosis },
	{ "idle", "rest makes it start anew", idle_restart },
	{ "marks", "ECN marks reduce the rate", marks_busy },
	{ "markslimited", "ECN marks reduce a rate that is not used up",
	  marks_limited },
};

static bool wanted(int argc, char **argv, const char *name)
{
	int i;

	for (i = 1; i < argc; i++) {
		if (!strcmp(argv[i], name))
			return true;
	}
	return argc < 2;
}

/* In a process of its own: whatever it leaves open is closed by its end. */
static void run_apart(size_t i)
{
	const char *error;
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		error = scenarios[i].run();
		report(scenarios[i].text, !error, "%s", error ? error : "");
		_exit(!!error);
	}
	waitpid(pid, &status, 0);
	if (status) {
		reports_failed++;
		system("/usr/bin/tc qdisc del dev lo root 2>/dev/null");
	}
	if (!WIFEXITED(status))
		report(scenarios[i].text, false, "it died: %#x", status);
	wait_flows(0);
}

int main(int argc, char **argv)
{
	size_t i;

	if (nl_open(&nl))
		return 2;
	for (i = 0; i < sizeof(scenarios) / sizeof(*scenarios); i++) {
		if (wanted(argc, argv, scenarios[i].name))
			run_apart(i);
	}
	return reports_failed != 0;
}
