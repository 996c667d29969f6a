// SPDX-License-Identifier: GPL-2.0
#include "server.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static size_t bytes_of(uint32_t values)
{
	return (sizeof(struct lf_query) + 4 * values + 7) & ~7UL;
}

bool server_way(const char *name, enum server_way *way)
{
	static const char *const names[] = { "netlink", "device", "poll" };

	for (int i = 0; i < 3; i++) {
		if (!strcmp(name, names[i])) {
			*way = i;
			return true;
		}
	}
	return false;
}

static int open_netlink(struct server *s)
{
	int bytes = 1 << 20;

	setsockopt(s->nl.fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes,
		   sizeof(bytes));
	nl_begin(&s->nl, LF_CMD_SERVE, 0);
	nl_string(&s->nl, LF_A_APP, s->app);
	return nl_talk(&s->nl, NULL, NULL);
}

static int open_device(struct server *s)
{
	char path[64];

	snprintf(path, sizeof(path), "/dev/liteflow/%s", s->app);
	s->fd = open(path, O_RDWR | O_CLOEXEC |
		     (s->way == SERVER_POLL ? O_NONBLOCK : 0));
	return s->fd < 0 ? -errno : 0;
}

int server_open(struct server *s, enum server_way way, const char *name)
{
	struct nl_app app;
	int err = nl_open(&s->nl);

	if (err)
		return err;
	if (!nl_find_app(&s->nl, name, &app))
		return -ENOENT;
	s->way = way;
	s->app = name;
	s->fd = -1;
	s->n_in = app.n_in;
	s->n_out = app.n_out;
	s->query_bytes = bytes_of(app.n_in);
	s->answer_bytes = bytes_of(app.n_out);
	s->n_answers = 0;
	return way == SERVER_NETLINK ? open_netlink(s) : open_device(s);
}

/* The kernel's attributes are aligned to 4 bytes only. */
static void add_query(const struct nl_attrs *attrs, void *context)
{
	const struct nlattr *queries = attrs->a[LF_A_QUERIES];
	struct server *s = context;

	if (attrs->cmd == LF_CMD_QUERY_NTF && nl_len(queries) == s->query_bytes)
		memcpy(s->queries + s->n_queries++ * s->query_bytes,
		       nl_data(queries), s->query_bytes);
}

static int take_netlink(struct server *s)
{
	int err = nl_receive(&s->nl, -1, add_query, s);

	while (!err && s->n_queries < SERVER_QUERIES)
		err = nl_receive(&s->nl, 0, add_query, s);
	return s->n_queries ? (int)s->n_queries : err;
}

int server_take(struct server *s)
{
	ssize_t n;

	s->n_queries = 0;
	if (s->way == SERVER_NETLINK)
		return take_netlink(s);
	n = read(s->fd, s->queries, SERVER_QUERIES * s->query_bytes);
	if (n < 0)
		return -errno;
	s->n_queries = n / s->query_bytes;
	return (int)s->n_queries;
}

const struct lf_query *server_query(const struct server *s, size_t i)
{
	return (const struct lf_query *)(s->queries + i * s->query_bytes);
}

struct lf_query *server_answer(struct server *s, const struct lf_query *query)
{
	struct lf_query *answer;

	if (s->n_answers == SERVER_QUERIES)
		return NULL;
	answer = (void *)(s->answers + s->n_answers++ * s->answer_bytes);
	memset(answer, 0, s->answer_bytes);
	*answer = *query;
	answer->n = s->n_out;
	return answer;
}

/* Without asking for an acknowledgment: it would only cost. */
static int give_netlink(struct server *s, size_t bytes)
{
	struct nlmsghdr *h = (struct nlmsghdr *)s->nl.request;

	nl_begin(&s->nl, LF_CMD_ANSWER, 0);
	nl_string(&s->nl, LF_A_APP, s->app);
	nl_raw(&s->nl, LF_A_ANSWERS, s->answers, bytes);
	h->nlmsg_len = s->nl.bytes;
	return send(s->nl.fd, h, h->nlmsg_len, 0) < 0 ? -errno : 0;
}

int server_give(struct server *s)
{
	size_t bytes = s->n_answers * s->answer_bytes;

	s->n_answers = 0;
	if (!bytes)
		return 0;
	if (s->way == SERVER_NETLINK)
		return give_netlink(s, bytes);
	return write(s->fd, s->answers, bytes) < 0 ? -errno : 0;
}
