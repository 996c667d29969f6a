// SPDX-License-Identifier: GPL-2.0
/*
 * The server of calls. It knows how large a response is before it sends it, and
 * may say so by the socket's priority and DSCP: the bands are lf_sched's.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "bands.h"
#include "play.h"

#define EVENTS	64
#define BACKLOG	1024

struct client {
	int fd;
	struct call call;
	size_t begun;		/* bytes of the call's head that are here */
	uint32_t asked, answer;	/* bytes still to come, still to go */
	bool answers, waits;	/* for room in the socket */
};

static int epoll_fd;

static void watch(struct client *c, int operation, bool waits)
{
	struct epoll_event event = {
		.events = EPOLLIN | (waits ? EPOLLOUT : 0), .data.ptr = c,
	};

	c->waits = waits;
	if (epoll_ctl(epoll_fd, operation, c->fd, &event))
		fail("epoll: %s", strerror(errno));
}

static bool read_head(struct client *c)
{
	ssize_t n = recv(c->fd, (char *)&c->call + c->begun,
			 sizeof(c->call) - c->begun, 0);

	if (n <= 0)
		return n < 0 && errno == EAGAIN;
	c->begun += (size_t)n;
	if (c->begun < sizeof(c->call))
		return true;
	c->asked = c->call.request & ~AT_ONCE;
	if (c->asked < sizeof(c->call))
		return false;
	c->asked -= (uint32_t)sizeof(c->call);
	return true;
}

static bool answer(struct client *c, bool bands)
{
	if (!c->answers) {
		c->answers = true;
		c->answer = c->call.response;
		if (bands)
			band_set(c->fd, c->answer);
	}
	return give(c->fd, &c->answer);
}

/* As far as it goes. False: the client has gone. */
static bool go_on(struct client *c, bool bands)
{
	for (;;) {
		if (c->begun < sizeof(c->call)) {
			if (!read_head(c))
				return false;
			if (c->begun < sizeof(c->call))
				return true;
		}
		if (!take(c->fd, &c->asked))
			return false;
		if ((!c->asked || c->call.request & AT_ONCE) && !answer(c, bands))
			return false;
		if (c->asked || c->answer)
			return true;
		c->begun = 0;
		c->answers = false;
	}
}

static void accept_all(int listener)
{
	const int on = 1;
	struct client *c;
	int fd;

	while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		c = calloc(1, sizeof(*c));
		if (!c)
			fail("no memory");
		c->fd = fd;
		watch(c, EPOLL_CTL_ADD, false);
	}
}

static int listen_on(uint16_t port)
{
	struct sockaddr_in6 at = {
		.sin6_family = AF_INET6, .sin6_port = htons(port),
	};
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK, 0);
	const int on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) || listen(fd, BACKLOG))
		fail("port %u: %s", port, strerror(errno));
	return fd;
}

static void attend(struct client *c, bool bands)
{
	if (!go_on(c, bands)) {
		close(c->fd);
		free(c);
	} else if (c->waits != (c->answer != 0 && c->answers)) {
		watch(c, EPOLL_CTL_MOD, !c->waits);
	}
}

void serve(uint16_t port, bool bands)
{
	struct epoll_event events[EVENTS], event = { .events = EPOLLIN };
	int listener = listen_on(port), n;

	epoll_fd = epoll_create1(0);
	if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listener, &event))
		fail("epoll: %s", strerror(errno));
	for (;;) {
		n = epoll_wait(epoll_fd, events, EVENTS, -1);
		for (int i = 0; i < n; i++) {
			if (events[i].data.ptr)
				attend(events[i].data.ptr, bands);
			else
				accept_all(listener);
		}
	}
}
