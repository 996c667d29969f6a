// SPDX-License-Identifier: GPL-2.0
#include "connection.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct nl nl;

const struct options both_ends = {
	.family = AF_INET, .client = LITEFLOW, .listener = LITEFLOW,
	.pace = PACE,
};

static char why[256];

/* A scenario returns NULL or says here what went wrong. */
const char *wrong(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	return why;
}

/* --- what the kernel counts ----------------------------------------------- */

struct nl_app cc_app(void)
{
	struct nl_app app = {};

	nl_find_app(&nl, "cc", &app);
	return app;
}

bool wait_flows(uint32_t n)
{
	double end = now_s() + PATIENCE_S;

	while (cc_app().flows != n) {
		if (now_s() > end)
			return false;
		usleep(10000);
	}
	return true;
}

bool wait_decisions(uint64_t more_than)
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
int lo(const char *qdisc)
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

void set_cc(int fd, const char *cc)
{
	if (cc && setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, cc, strlen(cc)))
		printf("# TCP_CONGESTION %s: %s\n", cc, strerror(errno));
}

bool has_cc(int fd, const char *want)
{
	char name[16] = "";
	socklen_t n = sizeof(name);

	getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, &n);
	return !strncmp(name, want, sizeof(name));
}

struct tcp_info info_of(int fd)
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

/* A kernel that checks itself carries less before its sender is the limit. */
static uint32_t pace_of(const struct options *o)
{
	return access("/sys/kernel/debug/kmemleak", F_OK) ? o->pace : o->pace / 8;
}

int new_socket(const struct options *o, const char *cc)
{
	int fd = socket(o->family, SOCK_STREAM, o->protocol);
	uint32_t pace = pace_of(o);

	if (fd < 0)
		return fd;
	set_cc(fd, cc);
	if (pace)
		setsockopt(fd, SOL_SOCKET, SO_MAX_PACING_RATE, &pace,
			   sizeof(pace));
	if (o->mss)
		setsockopt(fd, IPPROTO_TCP, TCP_MAXSEG, &o->mss, sizeof(o->mss));
	return fd;
}

bool open_listener(struct pair *p, const struct options *o)
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

bool open_client(struct pair *p, const struct options *o)
{
	p->client = new_socket(o, o->client);
	return p->client >= 0 &&
	       !connect(p->client, (struct sockaddr *)&p->address, p->length);
}

bool open_pair(struct pair *p, const struct options *o)
{
	if (!open_listener(p, o) || !open_client(p, o))
		return false;
	p->server = accept(p->listener, NULL, NULL);
	return p->server >= 0;
}

void close_pair(struct pair *p)
{
	close(p->client);
	close(p->server);
	close(p->listener);
}

/* --- data ----------------------------------------------------------------- */

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

void begin_stream(struct stream *s, int from, int to, uint64_t limit)
{
	*s = (struct stream){ .from = from, .to = to, .limit = limit };
	pthread_create(&s->thread, NULL, run_stream, s);
}

bool end_stream(struct stream *s, bool stop)
{
	s->stop = stop;
	pthread_join(s->thread, NULL);
	return !s->failed && !s->damaged;
}

bool transfer(int from, int to, uint64_t bytes)
{
	struct stream s;

	begin_stream(&s, from, to, bytes);
	return end_stream(&s, false);
}
