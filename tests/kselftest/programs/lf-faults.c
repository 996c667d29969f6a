// SPDX-License-Identifier: GPL-2.0
/*
 * What happens when memory runs out, in a kernel with CONFIG_FAILSLAB: one
 * allocation after the other fails, until all has gone well once.
 *   lf-faults load FILE [PARAMETERS]   of a module; in the end it is loaded
 *   lf-faults requests                 of every netlink command; needs what
 *                                      lf-nl-test needs
 */
#include "commands.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#define SEVERAL		300	/* the last allocations of a load: the module's own */
#define NTH_MAX		100000

static int nth;

static void give_up(void)
{
	perror("fail-nth");
	exit(2);
}

/*
 * The nth allocation or copy of this process from now on fails; 0: none. If that
 * is the copy of this very number, none is left to fail.
 */
static void fail(int n)
{
	char text[16];
	int length = snprintf(text, sizeof(text), "%d", n);

	while (pwrite(nth, text, length, 0) != length) {
		if (errno != EFAULT)
			give_up();
	}
}

/* Whether it has before it is asked for, and none fails any more. */
static bool failed(void)
{
	char text[16] = "";
	bool asked = pread(nth, text, sizeof(text) - 1, 0) > 0;

	if (!asked && errno != EFAULT)
		give_up();
	fail(0);
	return asked && !atoi(text);
}

/* --- modules -------------------------------------------------------------- */

/* 0 or -errno; and whether an allocation failed. */
static int load(int fd, const char *parameters, int n, bool *did)
{
	int err;

	fail(n);
	err = syscall(SYS_finit_module, fd, parameters, 0) ? -errno : 0;
	*did = failed();
	return err;
}

/* The name of a module by its file, as delete_module() wants it. */
static const char *module_name(const char *path)
{
	static char name[64];
	const char *slash = strrchr(path, '/');

	snprintf(name, sizeof(name), "%s", slash ? slash + 1 : path);
	*strchrnul(name, '.') = 0;
	return name;
}

/*
 * Load it with the nth allocation failing. 0: it was unloaded again; else the
 * refusal. *did: so many allocations were made.
 */
static int try_load(int fd, const char *name, const char *parameters, int n,
		    bool *did)
{
	int err = load(fd, parameters, n, did);

	if (!err && syscall(SYS_delete_module, name, O_NONBLOCK)) {
		report(name, false, "can't be unloaded: %m");
		exit(1);
	}
	return err;
}

static int test_load(const char *path, const char *parameters)
{
	const char *name = module_name(path);
	int fd = open(path, O_RDONLY | O_CLOEXEC), low = 1, high = 1, tried = 0;
	int refused = 0, err;
	bool did = true;
	char text[128];

	if (fd < 0) {
		perror(path);
		return 2;
	}
	/* How many allocations there are, about. */
	for (; did && high < NTH_MAX; high *= 2)
		try_load(fd, name, parameters, high, &did);
	while (high - low > 1) {
		int n = (low + high) / 2;

		try_load(fd, name, parameters, n, &did);
		*(did ? &low : &high) = n;
	}
	for (; low > 0 && tried < SEVERAL; low--, tried++)
		refused += !!try_load(fd, name, parameters, low, &did);
	snprintf(text, sizeof(text), "%s: memory ran out while it was loaded", name);
	report(text, refused > tried / 10, "%d of %d loads refused", refused, tried);
	err = load(fd, parameters, 0, &did);
	snprintf(text, sizeof(text), "%s: then it is loaded", name);
	report(text, !err, "%s", strerror(-err));
	return reports_failed != 0;
}

/* --- netlink requests ------------------------------------------------------ */

static uint64_t active_id;

/* As before the requests: what a socket had goes with it. */
static void restore(void)
{
	struct timeval patience = { .tv_sec = PATIENCE_S };
	struct nl_snapshot s;

	nl_close(&nl);
	if (nl_open(&nl)) {
		printf("# no netlink family\n");
		exit(2);
	}
	setsockopt(nl.fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (nl_find_snapshot(&nl, "some", &s))
		nl_unload(&nl, s.id, NULL, 0);
	nl_activate(&nl, standby_id, 0);
	nl_activate(&nl, active_id, 0);
	nl_begin(&nl, LF_CMD_OBJECTIVE_SET, 0);
	nl_string(&nl, LF_A_APP, "test");
	nl_u64(&nl, LF_A_CGROUP, CGROUP_ID);
	nl_raw(&nl, LF_A_WEIGHTS, weights, sizeof(weights));
	nl_talk(&nl, NULL, NULL);
}

static int talk(const struct command *c, int flags, int n, bool *did)
{
	int err;

	restore();
	begin_without(c, flags, -1);
	fail(n);
	err = nl_talk(&nl, NULL, NULL);
	*did = failed();
	return err;
}

/* It succeeds or fails as ever, or says that memory ran out. */
static void test_request(const struct command *c, int flags)
{
	bool did = true;
	int usual = talk(c, flags, 0, &did), err = usual, n;
	char name[64];

	for (n = 1; n < NTH_MAX; n++) {
		err = talk(c, flags, n, &did);
		if (!did || (err != usual && err != -ENOMEM &&
			     err != -ENOBUFS && err != -EFAULT))
			break;
	}
	snprintf(name, sizeof(name), "%s%s without memory", c->name,
		 flags ? " (dump)" : "");
	report(name, !did && err == usual && n > 1,
	       "allocation %d failed: %s, not %s", n, strerror(-err),
	       strerror(-usual));
}

static int test_requests(void)
{
	int i;

	prepare();
	active_id = must_find("lf_test_a");
	for (i = 0; i < n_commands; i++) {
		test_request(&commands[i], 0);
		if (commands[i].dump)
			test_request(&commands[i], NLM_F_DUMP);
	}
	return reports_failed != 0;
}

int main(int argc, char **argv)
{
	nth = open("/proc/self/fail-nth", O_RDWR | O_CLOEXEC);
	if (nth < 0) {
		perror("/proc/self/fail-nth");
		return 2;
	}
	if (argc > 2 && !strcmp(argv[1], "load"))
		return test_load(argv[2], argc > 3 ? argv[3] : "");
	if (argc == 2 && !strcmp(argv[1], "requests"))
		return test_requests();
	return 2;
}
