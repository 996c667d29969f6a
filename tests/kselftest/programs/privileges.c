// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of lf-nl-test: every command and group by those who may not.
 */
#include "commands.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY		65534

static void denied(const char *who, int want)
{
	char name[64];
	int i;

	for (i = 0; i < n_commands; i++) {
		begin_without(&commands[i], 0, -1);
		snprintf(name, sizeof(name), "%s by %s", commands[i].name, who);
		expect_errno(name, nl_talk(&nl, NULL, NULL), want);
		if (!commands[i].dump)
			continue;
		begin_without(&commands[i], NLM_F_DUMP, -1);
		snprintf(name, sizeof(name), "%s (dump) by %s",
			 commands[i].name, who);
		expect_errno(name, nl_talk(&nl, NULL, NULL), want);
	}
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		printf("# %s: %s\n", path, strerror(errno));
	if (fd >= 0)
		close(fd);
}

static void become(uid_t uid)
{
	if (setresgid(uid, uid, uid) || setresuid(uid, uid, uid))
		exit(2);
}

static void as_nobody_with_roots_socket(void)
{
	become(NOBODY);
	denied("a user with root's socket", EPERM);
}

static void reopen(void)
{
	uint16_t family = nl.family;

	nl_close(&nl);
	nl_open(&nl);
	/* It may be invisible; ask all the same. */
	nl.family = family;
}

static void as_nobody(void)
{
	become(NOBODY);
	reopen();
	denied("a user", EPERM);
	expect_errno("batches joined by a user", nl_join(&nl, nl.group[0]),
		     EPERM);
	expect_errno("events joined by a user", nl_join(&nl, nl.group[1]),
		     EPERM);
}

static void own_namespace(int flags)
{
	become(NOBODY);
	if (unshare(flags)) {
		report("unshare", false, "%s", strerror(errno));
		exit(1);
	}
	write_file("/proc/self/uid_map", "0 65534 1");
	reopen();
}

static void as_root_of_a_user_namespace(void)
{
	own_namespace(CLONE_NEWUSER);
	denied("root of a user namespace", EPERM);
	expect_errno("batches joined by root of a user namespace",
		     nl_join(&nl, nl.group[0]), EPERM);
	expect_errno("events joined by root of a user namespace",
		     nl_join(&nl, nl.group[1]), EPERM);
}

static void as_root_of_a_network_namespace(void)
{
	struct nl_app app;

	own_namespace(CLONE_NEWUSER | CLONE_NEWNET);
	denied("root of unshare -Urn", ENOENT);
	/* Whatever joining a number says there, nothing may arrive. */
	nl_join(&nl, nl.group[0]);
	nl_join(&nl, nl.group[1]);
	report("nothing arrives in another network namespace",
	       nl_receive(&nl, 1500, NULL, NULL) == -EAGAIN, "a message came");
	report("no app is seen there", !nl_find_app(&nl, "test", &app),
	       "an app was seen");
}

static void in_child(void (*run)(void))
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		run();
		fflush(stdout);
		_exit(reports_failed != 0);
	}
	waitpid(pid, &status, 0);
	if (status)
		reports_failed++;
	if (!WIFEXITED(status))
		report("privileges", false, "a child died: %#x", status);
}

void test_privileges(void)
{
	in_child(as_nobody_with_roots_socket);
	in_child(as_nobody);
	in_child(as_root_of_a_user_namespace);
	in_child(as_root_of_a_network_namespace);
}
