/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Connections over lo for the scenarios of lf-flows: open, carry data, close,
 * and what the kernel counts meanwhile.
 */
#ifndef _LF_TEST_CONNECTION_H
#define _LF_TEST_CONNECTION_H

#include "nl.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP	262
#endif
#define LITEFLOW	"liteflow"
#define MEGABYTE	(1 << 20)
#define PACE		(20 * MEGABYTE)
#define SNAPSHOT	"lf_cc_a"

extern struct nl nl;

/* Says what went wrong; a scenario returns it, or NULL. */
const char *wrong(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

#define CHECK(ok, ...) do {						\
	if (!(ok))							\
		return wrong(__VA_ARGS__);				\
} while (0)

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

/* A thread sends; the bytes are a running pattern, checked on the other end. */
struct stream {
	pthread_t thread;
	int from, to;
	uint64_t limit, moved;
	atomic_bool stop;
	bool damaged, failed;
};

/* --- what the kernel counts ----------------------------------------------- */

struct nl_app cc_app(void);
bool wait_flows(uint32_t n);
bool wait_decisions(uint64_t more_than);

/* The qdisc of lo, as tc has it; NULL: none. 0 if it worked. */
int lo(const char *qdisc);

/* --- sockets -------------------------------------------------------------- */

void set_cc(int fd, const char *cc);
bool has_cc(int fd, const char *want);
struct tcp_info info_of(int fd);
int new_socket(const struct options *o, const char *cc);
bool open_listener(struct pair *p, const struct options *o);
bool open_client(struct pair *p, const struct options *o);
bool open_pair(struct pair *p, const struct options *o);
void close_pair(struct pair *p);

/* --- data; false if they were cut or damaged ------------------------------- */

void begin_stream(struct stream *s, int from, int to, uint64_t limit);
bool end_stream(struct stream *s, bool stop);
bool transfer(int from, int to, uint64_t bytes);

/* --- the scenarios -------------------------------------------------------- */

/* Both ends under "liteflow", at a pace that leaves the machine time. */
extern const struct options both_ends;

struct scenario {
	const char *name, *text;
	const char *(*run)(void);	/* NULL: data are carried, with these */
	uint32_t flows;			/* that there are then */
	struct options options;
};

extern const struct scenario life_scenarios[], rate_scenarios[];

#endif /* _LF_TEST_CONNECTION_H */
