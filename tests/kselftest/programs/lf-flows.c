// SPDX-License-Identifier: GPL-2.0
/*
 * Connections under congestion control "liteflow" in all the ways TCP has to
 * begin, end and change one. Needs lf_cc_a, active, and nobody else who uses
 * "liteflow"; runs in the first network namespace, over lo (127.0.0.1, ::1),
 * whose qdisc it changes.
 *
 * Usage: lf-flows [SCENARIO...]; they stand at the end of flows-*.c.
 */
#include "connection.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

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
	return NULL;
}

/* Whatever it does, it leaves no flow. */
static const char *run(const struct scenario *one)
{
	const char *error = one->run ? one->run() :
				       carry(&one->options, one->flows);

	if (error)
		return error;
	CHECK(wait_flows(0), "%u flows are left", cc_app().flows);
	return NULL;
}

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
static void run_apart(const struct scenario *one)
{
	const char *error;
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		error = run(one);
		report(one->text, !error, "%s", error ? error : "");
		_exit(!!error);
	}
	waitpid(pid, &status, 0);
	if (status) {
		reports_failed++;
		system("/usr/bin/tc qdisc del dev lo root 2>/dev/null");
	}
	if (!WIFEXITED(status))
		report(one->text, false, "it died: %#x", status);
	wait_flows(0);
}

int main(int argc, char **argv)
{
	static const struct scenario *const all[] = {
		life_scenarios, rate_scenarios,
	};
	const struct scenario *one;
	size_t i;

	if (nl_open(&nl))
		return 2;
	for (i = 0; i < sizeof(all) / sizeof(*all); i++) {
		for (one = all[i]; one->name; one++) {
			if (wanted(argc, argv, one->name))
				run_apart(one);
		}
	}
	return reports_failed != 0;
}
