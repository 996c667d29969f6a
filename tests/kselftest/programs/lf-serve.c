// SPDX-License-Identifier: GPL-2.0
/*
 * lf-serve WAY APP [HOW=VALUE]...: answer an app's questions, rightly or not, as
 * netlink, device or poll; until it is killed or the app ends.
 *   action=N   every output, Q16.16 (0)
 *   delay=MS   before it answers (0)
 *   repeat=N   says each answer so often (1)
 *   seq=N      added to the question's number (0)
 *   flow=N     added to the flow (0)
 *   n=N        added to the number of outputs (0)
 *   mute=1     takes questions and says nothing
 *   fault=1    takes the first to where no memory is, and tells how that ended
 * It prints "serving" when it does, and at the end of the app "ended".
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "server.h"

struct how {
	const char *name;
	int64_t value;
};

enum { ACTION, DELAY, REPEAT, SEQ, FLOW, N, MUTE, FAULT, HOWS };

static struct how how[HOWS] = {
	[ACTION] = { "action", 0 }, [DELAY] = { "delay", 0 },
	[REPEAT] = { "repeat", 1 }, [SEQ] = { "seq", 0 },
	[FLOW] = { "flow", 0 }, [N] = { "n", 0 }, [MUTE] = { "mute", 0 },
	[FAULT] = { "fault", 0 },
};

static struct server server;

static bool read_how(const char *argument)
{
	const char *value = strchr(argument, '=');

	for (int i = 0; value && i < HOWS; i++) {
		size_t length = value - argument;

		if (length == strlen(how[i].name) &&
		    !strncmp(argument, how[i].name, length)) {
			how[i].value = strtoll(value + 1, NULL, 0);
			return true;
		}
	}
	return false;
}

static void answer_one(const struct lf_query *query)
{
	for (int64_t i = 0; i < how[REPEAT].value; i++) {
		struct lf_query *answer = server_answer(&server, query);

		if (!answer)
			return;
		answer->flow += how[FLOW].value;
		answer->seq += how[SEQ].value;
		answer->n += how[N].value;
		for (uint32_t j = 0; j < server.n_out; j++)
			server_values(answer)[j] = (int32_t)how[ACTION].value;
	}
}

static int read_to_nowhere(void)
{
	struct pollfd p = { .fd = server.fd, .events = POLLIN };
	void *nowhere = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
			     -1, 0);

	poll(&p, 1, PATIENCE_S * 1000);
	return read(server.fd, nowhere, 4096) < 0 ? -errno : 0;
}

static int serve(void)
{
	if (how[FAULT].value)
		return read_to_nowhere();
	for (;;) {
		int n = server_take(&server);
		int err;

		if (n == 0)
			return 0;
		if (n == -EAGAIN) {
			usleep(200);
			continue;
		}
		if (n < 0)
			return n;
		if (how[MUTE].value)
			continue;
		usleep(how[DELAY].value * 1000);
		for (int i = 0; i < n; i++)
			answer_one(server_query(&server, i));
		err = server_give(&server);
		if (err)
			return err;
	}
}

int main(int argc, char **argv)
{
	enum server_way way;
	int err, i;

	if (argc < 3 || !server_way(argv[1], &way)) {
		fputs("usage: lf-serve netlink|device|poll APP [HOW=VALUE]...\n",
		      stderr);
		return 2;
	}
	for (i = 3; i < argc; i++) {
		if (!read_how(argv[i])) {
			fprintf(stderr, "lf-serve: %s\n", argv[i]);
			return 2;
		}
	}
	err = server_open(&server, way, argv[2]);
	if (!err) {
		puts("serving");
		fflush(stdout);
		err = serve();
	}
	if (err)
		fprintf(stderr, "refused: %s: %s\n", strerrorname_np(-err),
			server.nl.text);
	else
		puts("ended");
	return !!err;
}
