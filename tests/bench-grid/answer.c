// SPDX-License-Identifier: GPL-2.0
/*
 * lf-answer --over WAY --app APP --snapshot FILE [--every US] [--fifo PRIO]
 *	     [--cpu N]
 * The network in user space: answers an app's questions by the code and
 * parameters of a snapshot, built as a shared object, so that it says what the
 * snapshot would say in the kernel. WAY:
 *   netlink   waits on a netlink socket, as CCP's first transport
 *   device    waits in read() of a character device, as CCP's second
 *   poll      looks at the device every US microseconds and answers in one go
 * A question may hold the inputs of several, as load balancing's of all paths:
 * the snapshot is then asked part by part, and the answer holds theirs in turn.
 * All that wait are answered together. A question may be made of several, each
 * with all inputs of the network: the answer then holds that many outputs. Prints
 * "ready" once questions can come, ends by SIGTERM and then says how many it
 * answered in how many goes.
 */
#include <dlfcn.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <liteflow/snapshot.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "../kselftest/programs/server.h"
#define PROGRAM "lf-answer"
#include "program.h"

struct options {
	enum server_way way;
	const char *over, *app, *snapshot;
	long every_us, fifo, cpu;
};

static struct server server;

static void __attribute__((noreturn)) bad_usage(void)
{
	fputs("Usage: lf-answer --over netlink|device|poll --app APP --snapshot FILE\n"
	      "                 [--every US] [--fifo PRIO] [--cpu N]\n", stderr);
	exit(2);
}

static long number(const char *text, long least, long most)
{
	char *end;
	long value = strtol(text, &end, 10);

	if (end == text || *end || value < least || value > most)
		bad_usage();
	return value;
}

static struct options read_options(int argc, char **argv)
{
	static const struct option known[] = {
		{ "over", required_argument, NULL, 'o' },
		{ "app", required_argument, NULL, 'a' },
		{ "snapshot", required_argument, NULL, 's' },
		{ "every", required_argument, NULL, 'e' },
		{ "fifo", required_argument, NULL, 'f' },
		{ "cpu", required_argument, NULL, 'c' },
		{ NULL, 0, NULL, 0 },
	};
	struct options o = { .every_us = 100, .cpu = -1 };
	int c;

	while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (c) {
		case 'o':
			o.over = optarg;
			break;
		case 'a':
			o.app = optarg;
			break;
		case 's':
			o.snapshot = optarg;
			break;
		case 'e':
			o.every_us = number(optarg, 0, 1000000);
			break;
		case 'f':
			o.fifo = number(optarg, 1, 99);
			break;
		case 'c':
			o.cpu = number(optarg, 0, CPU_SETSIZE - 1);
			break;
		default:
			bad_usage();
		}
	}
	if (!o.over || !o.app || !o.snapshot || optind != argc ||
	    !server_way(o.over, &o.way))
		bad_usage();
	return o;
}

static const struct lf_snapshot_desc *load(const char *path)
{
	const struct lf_snapshot_desc *(*get)(void);
	void *object = dlopen(path, RTLD_NOW | RTLD_LOCAL);

	if (!object)
		fail("%s", dlerror());
	*(void **)&get = dlsym(object, "lf_snapshot_get");
	if (!get)
		fail("%s: no snapshot: it lacks lf_snapshot_get()", path);
	return get();
}

static void schedule(const struct options *o)
{
	struct sched_param parameter = { .sched_priority = (int)o->fifo };
	cpu_set_t cpus;

	if (mlockall(MCL_CURRENT | MCL_FUTURE))
		fail("memory can't be locked: %s", strerror(errno));
	if (o->cpu >= 0) {
		CPU_ZERO(&cpus);
		CPU_SET(o->cpu, &cpus);
		if (sched_setaffinity(0, sizeof(cpus), &cpus))
			fail("CPU %ld: %s", o->cpu, strerror(errno));
	}
	if (o->fifo && sched_setscheduler(0, SCHED_FIFO, &parameter))
		fail("priority %ld: %s", o->fifo, strerror(errno));
}

/* Until the next look; without a pause others may run all the same. */
static void pause_for(long us)
{
	struct timespec time = { .tv_nsec = us * 1000 % 1000000000,
				 .tv_sec = us / 1000000 };

	if (us)
		nanosleep(&time, NULL);
	else
		sched_yield();
}

static void answer_all(const struct lf_snapshot_desc *snapshot, int n)
{
	const uint32_t parts = server.n_in / snapshot->n_in;
	int32_t in[SERVER_VALUES];
	int err;

	for (int i = 0; i < n; i++) {
		const struct lf_query *query = server_query(&server, i);
		struct lf_query *answer = server_answer(&server, query);

		memcpy(in, query + 1, 4 * server.n_in);
		for (uint32_t part = 0; part < parts; part++)
			snapshot->infer(snapshot->params,
					in + part * snapshot->n_in,
					server_values(answer) +
					part * snapshot->n_out);
	}
	err = server_give(&server);
	if (err)
		fail("answers are refused: %s", strerror(-err));
}

int main(int argc, char **argv)
{
	const struct options o = read_options(argc, argv);
	const struct lf_snapshot_desc *snapshot = load(o.snapshot);
	uint64_t answers = 0, goes = 0;
	int n;

	n = server_open(&server, o.way, o.app);
	if (n)
		fail("%s can't be served: %s %s", o.app, strerror(-n),
		     server.nl.text);
	if (!snapshot->n_in || server.n_in % snapshot->n_in ||
	    server.n_out != server.n_in / snapshot->n_in * snapshot->n_out)
		fail("%s: %u inputs and %u outputs, but the app has %u and %u",
		     o.snapshot, snapshot->n_in, snapshot->n_out, server.n_in,
		     server.n_out);
	schedule(&o);
	stop_on_sigterm();
	puts("ready");
	fflush(stdout);
	while (!stopped) {
		n = server_take(&server);
		if (n == -EAGAIN) {
			pause_for(o.every_us);
		} else if (n > 0) {
			answer_all(snapshot, n);
			answers += (uint64_t)n;
			goes++;
		} else if (n != -EINTR && n != -ENOBUFS) {
			fail("no more questions: %s", n ? strerror(-n) :
			     "the app has gone");
		}
	}
	printf("answers %" PRIu64 " goes %" PRIu64 "\n", answers, goes);
	return 0;
}
