// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "client.h"
#include "play.h"

#define NS_PER_S	1000000000ull
#define PATIENCE_S	120	/* without any news of what is under way */
#define EVENTS		64
#define HEAD_BYTES	4096	/* of an HTTP request or a response's header */

#ifndef IP_BIND_ADDRESS_NO_PORT
#define IP_BIND_ADDRESS_NO_PORT 24
#endif

/* What the client knows of a lane. */
struct player {
	const struct lane *lane;
	struct exchange *x;	/* under way or next; NULL: none is left */
	int fd;			/* -1: not connected */
	bool talks, waits;	/* an exchange is under way; for room in the socket */
	uint64_t began_ns;
	uint32_t request, response;	/* bytes left */
	char head[HEAD_BYTES];	/* what of the request means something, then the response's */
	size_t head_size, head_done;
	bool hears;		/* the response's header is all here */
};

static struct script *script;
static FILE *out;
static int epoll_fd;
static uint64_t start_ns;	/* CLOCK_MONOTONIC */
static uint32_t under_way;

/* Those that know when they may begin, the first at the root. */
static struct player **heap;
static uint32_t heap_size;

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return (uint64_t)time.tv_sec * NS_PER_S + (uint64_t)time.tv_nsec;
}

/* Since the script's beginning; 0 before it. */
static uint64_t now(void)
{
	uint64_t time = clock_ns(CLOCK_MONOTONIC);

	return time > start_ns ? time - start_ns : 0;
}

static bool sooner(uint32_t i, uint32_t j)
{
	return heap[i]->x->due_ns < heap[j]->x->due_ns;
}

static void swap(uint32_t i, uint32_t j)
{
	struct player *p = heap[i];

	heap[i] = heap[j];
	heap[j] = p;
}

static void await(struct player *p)
{
	uint32_t i = heap_size++;

	heap[i] = p;
	for (; i && sooner(i, (i - 1) / 2); i = (i - 1) / 2)
		swap(i, (i - 1) / 2);
}

static struct player *first_due(void)
{
	struct player *p = heap[0];
	uint32_t i = 0, child;

	heap[0] = heap[--heap_size];
	while ((child = 2 * i + 1) < heap_size) {
		if (child + 1 < heap_size && sooner(child + 1, child))
			child++;
		if (!sooner(child, i))
			break;
		swap(i, child);
		i = child;
	}
	return p;
}

static void __attribute__((noreturn)) broken(const struct player *p, const char *what)
{
	fail("lane %s, %s of %u and %u bytes: %s", p->lane->name, p->x->kind,
	     p->x->request, p->x->response, what);
}

static void watch(struct player *p, int operation)
{
	struct epoll_event event = {
		.events = EPOLLIN | (p->waits ? EPOLLOUT : 0), .data.ptr = p,
	};

	if (epoll_ctl(epoll_fd, operation, p->fd, &event))
		fail("epoll: %s", strerror(errno));
}

static socklen_t length(const struct sockaddr_storage *at)
{
	return at->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) :
					   sizeof(struct sockaddr_in);
}

static void open_connection(struct player *p)
{
	const struct lane *lane = p->lane;
	const int on = 1;

	p->fd = socket(lane->to.ss_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (p->fd < 0)
		broken(p, strerror(errno));
	setsockopt(p->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(p->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
	if (lane->from.ss_family != AF_UNSPEC &&
	    bind(p->fd, (const struct sockaddr *)&lane->from, length(&lane->from)))
		broken(p, strerror(errno));
	if (connect(p->fd, (const struct sockaddr *)&lane->to, length(&lane->to)) &&
	    errno != EINPROGRESS)
		broken(p, strerror(errno));
	p->waits = true;
	watch(p, EPOLL_CTL_ADD);
}

static void close_connection(struct player *p)
{
	close(p->fd);
	p->fd = -1;
}

/* A cookie fills it up. */
static void write_http(struct player *p)
{
	const struct exchange *x = p->x;
	int n = snprintf(p->head, sizeof(p->head),
			 "GET /%u HTTP/1.1\r\nHost: s\r\nConnection: %s\r\nCookie: ",
			 x->response, p->lane->keep ? "keep-alive" : "close");

	if (x->request > sizeof(p->head))
		broken(p, "the request is too long");
	memset(p->head + n, 'c', x->request - (size_t)n - 4);
	memcpy(p->head + x->request - 4, "\r\n\r\n", 4);
	p->head_size = x->request;
	p->request = 0;
	p->hears = false;
}

static void write_call(struct player *p)
{
	const struct exchange *x = p->x;
	bool ring = !strcmp(x->kind, "ring");
	const struct call call = { x->request | (ring ? AT_ONCE : 0), x->response };

	memcpy(p->head, &call, sizeof(call));
	p->head_size = sizeof(call);
	p->request = x->request - (uint32_t)sizeof(call);
	p->hears = true;
}

static void begin(struct player *p)
{
	p->began_ns = now();
	p->talks = true;
	under_way++;
	p->response = p->x->response;
	p->head_done = 0;
	if (p->lane->http)
		write_http(p);
	else
		write_call(p);
	if (p->fd < 0) {
		open_connection(p);
	} else {
		p->waits = true;
		watch(p, EPOLL_CTL_MOD);
	}
}

/* Of all of the request what the socket takes. */
static void ask(struct player *p)
{
	while (p->head_done < p->head_size) {
		ssize_t n = send(p->fd, p->head + p->head_done,
				 p->head_size - p->head_done,
				 MSG_NOSIGNAL | (p->request ? MSG_MORE : 0));

		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0)
			broken(p, strerror(errno));
		p->head_done += (size_t)n;
	}
	if (!give(p->fd, &p->request))
		broken(p, strerror(errno));
	if (p->request)
		return;
	p->waits = false;
	watch(p, EPOLL_CTL_MOD);
	if (p->lane->http)
		p->head_size = p->head_done = 0;
}

/* What follows the header in head is the body's beginning. */
static void check_header(struct player *p, const char *end)
{
	const char *field = strcasestr(p->head, "\r\nContent-Length:");
	size_t body = p->head_size - (size_t)(end - p->head);

	if (strncmp(p->head, "HTTP/1.1 200", 12))
		broken(p, "the server doesn't answer with 200");
	if (!field || strtoul(field + 17, NULL, 10) != p->x->response ||
	    body > p->response)
		broken(p, "the response has another length");
	p->response -= (uint32_t)body;
	p->hears = true;
}

static void hear_header(struct player *p)
{
	ssize_t n = recv(p->fd, p->head + p->head_size,
			 sizeof(p->head) - 1 - p->head_size, 0);
	const char *end;

	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0)
		broken(p, n ? strerror(errno) : "the server closed the connection");
	p->head_size += (size_t)n;
	p->head[p->head_size] = 0;
	end = strstr(p->head, "\r\n\r\n");
	if (end)
		check_header(p, end + 4);
	else if (p->head_size == sizeof(p->head) - 1)
		broken(p, "the response's header is too long");
}

static void group_over(uint32_t number, uint64_t time)
{
	struct group *group = &script->groups[number];

	if (--group->left)
		return;
	for (struct exchange *x = group->waiting; x; x = x->next_waiting) {
		struct player *p = script->lanes[x->lane].player;

		x->due_ns = time + x->delay_ns;
		if (p->x == x)
			await(p);
	}
}

static void end(struct player *p)
{
	const struct exchange *x = p->x;
	uint64_t time = now();

	fprintf(out, "%s %u %u %" PRIu64 " %" PRIu64 "\n", x->kind, x->request,
		x->response, p->began_ns / 1000, (time - p->began_ns) / 1000);
	p->talks = false;
	under_way--;
	if (!p->lane->keep)
		close_connection(p);
	p->x = x->next;
	if (p->x && p->x->due_ns != UINT64_MAX)
		await(p);
	group_over(x->group, time);
}

static void hear(struct player *p)
{
	if (!p->hears && !p->waits)
		hear_header(p);
	if (p->hears && !take(p->fd, &p->response))
		broken(p, "the server closed the connection");
}

static void go_on(struct player *p, uint32_t events)
{
	if (!p->talks) {	/* a server may close what is idle */
		close_connection(p);
		return;
	}
	if (p->waits && events & (EPOLLOUT | EPOLLERR | EPOLLHUP))
		ask(p);
	if (events & (EPOLLIN | EPOLLERR | EPOLLHUP))
		hear(p);
	if (p->hears && !p->response && !p->waits)
		end(p);
}

/* Until something happens, or the next may begin. */
static void wait_for_news(void)
{
	uint64_t due = heap_size ? heap[0]->x->due_ns + start_ns : UINT64_MAX;
	uint64_t time = clock_ns(CLOCK_MONOTONIC), most = PATIENCE_S * NS_PER_S;
	uint64_t left = due > time ? due - time : 0;
	uint64_t wait = under_way && left > most ? most : left;
	struct timespec timeout = { (time_t)(wait / NS_PER_S), (long)(wait % NS_PER_S) };
	struct epoll_event events[EVENTS];
	int n = epoll_pwait2(epoll_fd, events, EVENTS, &timeout, NULL);

	if (n < 0 && errno != EINTR)
		fail("epoll: %s", strerror(errno));
	if (!n && wait == most && under_way)
		fail("%u exchanges had no news for %d s", under_way, PATIENCE_S);
	for (int i = 0; i < n; i++)
		go_on(events[i].data.ptr, events[i].events);
}

static void prepare(void)
{
	struct player *players = calloc(script->n_lanes, sizeof(*players));

	heap = calloc(script->n_lanes, sizeof(*heap));
	epoll_fd = epoll_create1(0);
	if (!players || !heap || epoll_fd < 0)
		fail("no memory");
	for (uint32_t i = 0; i < script->n_lanes; i++) {
		struct player *p = &players[i];

		p->lane = &script->lanes[i];
		p->x = p->lane->first;
		p->fd = -1;
		script->lanes[i].player = p;
		if (p->x && p->x->due_ns != UINT64_MAX)
			await(p);
	}
}

void client_play(struct script *of, uint64_t realtime_ns, FILE *to)
{
	script = of;
	out = to;
	start_ns = realtime_ns - clock_ns(CLOCK_REALTIME) + clock_ns(CLOCK_MONOTONIC);
	prepare();
	while (under_way || heap_size) {
		while (heap_size && clock_ns(CLOCK_MONOTONIC) >= start_ns + heap[0]->x->due_ns)
			begin(first_due());
		wait_for_news();
	}
	for (uint32_t i = 0; i < script->n_groups; i++) {
		if (script->groups[i].left)
			fail("group %u was never reached: it waits for itself", i);
	}
}
