/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A process that answers an app's questions, in the three ways there are. For
 * tests of them, and for the comparison of congestion controls.
 */
#ifndef _LF_TEST_SERVER_H
#define _LF_TEST_SERVER_H

#include "nl.h"

#define SERVER_QUERIES	128	/* taken at once */
#define SERVER_VALUES	128	/* inputs or outputs of an app, at most */

enum server_way {
	SERVER_NETLINK,		/* waits on its socket */
	SERVER_DEVICE,		/* waits in read() */
	SERVER_POLL,		/* looks at the device now and then */
};

struct server {
	enum server_way way;
	const char *app;
	uint32_t n_in, n_out;
	size_t query_bytes, answer_bytes;
	int fd;			/* of the device */
	size_t n_queries, n_answers;
	struct nl nl;
	_Alignas(8) char queries[SERVER_QUERIES *
				 (sizeof(struct lf_query) + 4 * SERVER_VALUES)];
	_Alignas(8) char answers[SERVER_QUERIES *
				 (sizeof(struct lf_query) + 4 * SERVER_VALUES)];
};

/* netlink, device or poll; false: none of them. */
bool server_way(const char *name, enum server_way *way);

/* 0 or -errno (-ENOENT: no such app, -EBUSY: somebody serves it). */
int server_open(struct server *s, enum server_way way, const char *app);

/*
 * Take the questions there are. Waits for the first (not if it polls). Returns
 * how many, 0 at the end of the app, -EAGAIN, -EINTR or another -errno.
 */
int server_take(struct server *s);

const struct lf_query *server_query(const struct server *s, size_t i);

/* Add an answer to those that server_give() hands over. NULL: no room. */
struct lf_query *server_answer(struct server *s, const struct lf_query *query);

/* 0 or -errno. */
int server_give(struct server *s);

static inline int32_t *server_values(struct lf_query *query)
{
	return (int32_t *)(query + 1);
}

#endif /* _LF_TEST_SERVER_H */
