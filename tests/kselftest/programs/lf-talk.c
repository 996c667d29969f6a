// SPDX-License-Identifier: GPL-2.0
/*
 * lf-talk serve PORT [mptcp=1]: take requests over IPv4 and IPv6, and answer them.
 * lf-talk ADDRESS PORT [HOW=VALUE]... [BYTES:BACK[@MS]]...: make connections, one
 * after the other, and on each the requests that are listed, of so many bytes
 * (at least 8), answered by so many, with a pause after it; or alike ones:
 *   rounds=N    requests in each connection (1)
 *   bytes=N     in a request (20000)
 *   back=N      in its answer (1)
 *   pause=MS    after a request (0)
 * and
 *   count=N     connections (1)
 *   mark=N      SO_MARK, before connect (none); late=N after the first request
 *   priority=N  SO_PRIORITY, likewise; later=N after the first request
 *   tos=N       IP_TOS or IPV6_TCLASS, before the first request (none)
 *   rst=1       ends connections by a reset
 *   mptcp=1     by MPTCP, as the server
 * A request's first 8 bytes are its length and its answer's. The client fails
 * if a connection takes longer than a minute to go on.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PATIENCE_S	60
#define REQUESTS_MAX	1024

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

struct how {
	const char *name;
	long value;
};

enum {
	COUNT, ROUNDS, PAUSE, BYTES, BACK, MARK, LATE, PRIORITY, LATER, TOS,
	RST, MPTCP, HOWS
};

static struct how how[HOWS] = {
	[COUNT] = { "count", 1 }, [ROUNDS] = { "rounds", 1 },
	[PAUSE] = { "pause", 0 }, [BYTES] = { "bytes", 20000 },
	[BACK] = { "back", 1 }, [MARK] = { "mark", 0 }, [LATE] = { "late", 0 },
	[PRIORITY] = { "priority", 0 }, [LATER] = { "later", 0 },
	[TOS] = { "tos", 0 }, [RST] = { "rst", 0 }, [MPTCP] = { "mptcp", 0 },
};

struct request {
	unsigned int bytes, back, pause_ms;
};

static struct request requests[REQUESTS_MAX];
static int n_requests;
static char buffer[1 << 16];

static int die(const char *what)
{
	fprintf(stderr, "lf-talk: %s: %s\n", what, strerror(errno));
	return 1;
}

static int read_how(const char *argument)
{
	const char *value = strchr(argument, '=');

	for (int i = 0; value && i < HOWS; i++) {
		size_t length = value - argument;

		if (length == strlen(how[i].name) &&
		    !strncmp(argument, how[i].name, length)) {
			how[i].value = strtol(value + 1, NULL, 0);
			return 0;
		}
	}
	return -1;
}

static int read_request(const char *argument)
{
	struct request *r = &requests[n_requests];

	if (n_requests == REQUESTS_MAX ||
	    sscanf(argument, "%u:%u@%u", &r->bytes, &r->back, &r->pause_ms) < 2)
		return -1;
	n_requests++;
	return 0;
}

/* Unless some are listed. */
static void make_requests(void)
{
	if (n_requests)
		return;
	while (n_requests < how[ROUNDS].value && n_requests < REQUESTS_MAX)
		requests[n_requests++] = (struct request){
			how[BYTES].value, how[BACK].value, how[PAUSE].value,
		};
	requests[n_requests - 1].pause_ms = 0;
}

/* Move bytes one way; -1 at the end or an error. */
static int take(int fd, size_t bytes)
{
	while (bytes) {
		size_t part = bytes < sizeof(buffer) ? bytes : sizeof(buffer);
		ssize_t n = recv(fd, buffer, part, 0);

		if (n <= 0)
			return -1;
		bytes -= n;
	}
	return 0;
}

static int give(int fd, size_t bytes)
{
	while (bytes) {
		size_t part = bytes < sizeof(buffer) ? bytes : sizeof(buffer);
		ssize_t n = send(fd, buffer, part, MSG_NOSIGNAL);

		if (n <= 0)
			return -1;
		bytes -= n;
	}
	return 0;
}

static int open_socket(int family)
{
	return socket(family, SOCK_STREAM, how[MPTCP].value ? IPPROTO_MPTCP : 0);
}

static void answer(int fd)
{
	uint32_t head[2];

	while (recv(fd, head, sizeof(head), MSG_WAITALL) ==
	       (ssize_t)sizeof(head)) {
		if (head[0] < sizeof(head) ||
		    take(fd, head[0] - sizeof(head)) || give(fd, head[1]))
			return;
	}
}

static int serve(int port)
{
	struct sockaddr_in6 at = {
		.sin6_family = AF_INET6, .sin6_port = htons(port),
	};
	int fd = open_socket(AF_INET6), on = 1;

	signal(SIGCHLD, SIG_IGN);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) || listen(fd, 128))
		return die("listen");
	for (;;) {
		int peer = accept(fd, NULL, NULL);

		if (peer < 0)
			continue;
		setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		if (!fork()) {
			answer(peer);
			_exit(0);
		}
		close(peer);
	}
}

/* 0: leave it as it is. */
static int set(int fd, int level, int option, int value)
{
	return value ? setsockopt(fd, level, option, &value, sizeof(value)) : 0;
}

/* Where connections go to. */
static union {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
} to;

static bool read_address(const char *address, int port)
{
	to.v6 = (struct sockaddr_in6){
		.sin6_family = AF_INET6, .sin6_port = htons(port),
	};
	if (inet_pton(AF_INET6, address, &to.v6.sin6_addr) == 1)
		return true;
	to.v4 = (struct sockaddr_in){
		.sin_family = AF_INET, .sin_port = htons(port),
	};
	return inet_pton(AF_INET, address, &to.v4.sin_addr) == 1;
}

static int open_to(void)
{
	const struct timeval patience = { .tv_sec = PATIENCE_S };
	bool v6 = to.any.sa_family == AF_INET6;
	int fd = open_socket(to.any.sa_family);

	set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (set(fd, SOL_SOCKET, SO_MARK, how[MARK].value))
		return -1;
	if (connect(fd, &to.any, v6 ? sizeof(to.v6) : sizeof(to.v4)))
		return -1;
	if (v6)
		set(fd, IPPROTO_IPV6, IPV6_TCLASS, how[TOS].value);
	else
		set(fd, IPPROTO_IP, IP_TOS, how[TOS].value);
	/* After the TOS, which chooses a priority as well. */
	set(fd, SOL_SOCKET, SO_PRIORITY, how[PRIORITY].value);
	return fd;
}

static int ask(int fd, const struct request *r)
{
	const uint32_t head[2] = { r->bytes, r->back };

	memcpy(buffer, head, sizeof(head));
	return give(fd, r->bytes) || take(fd, r->back) ? -1 : 0;
}

static int talk(void)
{
	const struct linger none = { .l_onoff = 1 };
	int fd = open_to();

	if (fd < 0)
		return die("connect");
	for (int i = 0; i < n_requests; i++) {
		if (ask(fd, &requests[i]))
			return die("request");
		usleep(requests[i].pause_ms * 1000);
		if (i)
			continue;
		set(fd, SOL_SOCKET, SO_MARK, how[LATE].value);
		set(fd, SOL_SOCKET, SO_PRIORITY, how[LATER].value);
	}
	if (how[RST].value)
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
	close(fd);
	return 0;
}

int main(int argc, char **argv)
{
	for (int i = 3; i < argc; i++) {
		if (read_how(argv[i]) && read_request(argv[i])) {
			fprintf(stderr, "lf-talk: %s\n", argv[i]);
			return 2;
		}
	}
	if (argc >= 3 && !strcmp(argv[1], "serve"))
		return serve(atoi(argv[2]));
	if (argc < 3 || !read_address(argv[1], atoi(argv[2]))) {
		fputs("usage: lf-talk serve|ADDRESS PORT [HOW=VALUE]... [BYTES:BACK[@MS]]...\n",
		      stderr);
		return 2;
	}
	make_requests();
	for (long i = 0; i < how[COUNT].value; i++) {
		if (talk())
			return 1;
	}
	return 0;
}
