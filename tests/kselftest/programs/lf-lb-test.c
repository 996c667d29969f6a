// SPDX-License-Identifier: GPL-2.0
/*
 * What the netlink family of lf_lb.ko must refuse, in a network namespace that
 * has no paths yet.
 *   lf-lb-test refusals      every command with every kind of wrong attribute
 *   lf-lb-test fuzz SEED N   N messages, more or less right; declares paths
 */
#include <errno.h>
#include <linux/liteflow_lb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "nl.h"

#define NOBODY	65534

static struct nl nl;

/* The prefix, and which values of the numbers are good. */
static const uint8_t prefix[16] = { [10] = 0xff, 0xff, 10, 77, 0, 0 };

static const struct attr {
	int type;
	const char *name;
	uint32_t good;		/* 0: the prefix */
} attrs[] = {
	{ LF_LB_A_PREFIX, "prefix", 0 },
	{ LF_LB_A_LENGTH, "length", 112 },
	{ LF_LB_A_MARK, "mark", 1 },
	{ LF_LB_A_MASK, "mask", 0xff },
	{ LF_LB_A_WEIGHT, "weight", 1 },
};

static const struct command {
	int cmd;
	const char *name;
	int n, required;	/* of attrs */
} commands[] = {
	{ LF_LB_CMD_PATH_ADD, "path_add", 5, 4 },
	{ LF_LB_CMD_PATH_DEL, "path_del", 3, 3 },
	{ LF_LB_CMD_PATH_GET, "path_get", 3, 3 },
};

#define N_COMMANDS	(sizeof(commands) / sizeof(commands[0]))

static void put(const struct attr *a)
{
	if (a->good)
		nl_u32(&nl, a->type, a->good);
	else
		nl_raw(&nl, a->type, prefix, sizeof(prefix));
}

/* All attributes but that number (-1: none is left out). */
static void begin_without(const struct command *c, int without)
{
	int i;

	nl_begin(&nl, c->cmd, 0);
	for (i = 0; i < c->n; i++) {
		if (i != without)
			put(&attrs[i]);
	}
}

/* It is refused with this errno, and the kernel says why. */
static void expect(const struct command *c, const char *attr, const char *what,
		   int want)
{
	int err = nl_talk(&nl, NULL, NULL);
	char name[128];

	snprintf(name, sizeof(name), "%s %s: %s", c->name, attr, what);
	report(name, err == -want && *nl.text, "%s: '%s', not %s with a text",
	       err < 0 ? strerrorname_np(-err) : "accepted", nl.text,
	       strerrorname_np(want));
}

static void expect_u32(const struct command *c, int i, uint32_t value,
		       const char *what, int want)
{
	begin_without(c, i);
	nl_u32(&nl, attrs[i].type, value);
	expect(c, attrs[i].name, what, want);
}

static void expect_raw(const struct command *c, int i, int type, size_t bytes,
		       const char *what, int want)
{
	static const char zero[64];

	begin_without(c, i);
	nl_raw(&nl, type, zero, bytes);
	expect(c, attrs[i].name, what, want);
}

static void refuse_attr(const struct command *c, int i)
{
	const struct attr *a = &attrs[i];
	int width = a->good ? EINVAL : ERANGE;

	if (i < c->required) {
		begin_without(c, i);
		expect(c, a->name, "missing", EINVAL);
	}
	expect_raw(c, i, a->type, 0, "empty", width);
	expect_raw(c, i, a->type, 3, "short", width);
	expect_raw(c, i, a->type, 20, "long", width);
	expect_raw(c, i, a->type | NLA_F_NESTED, a->good ? 4 : 16, "nested",
		   EINVAL);
	if (a->type == LF_LB_A_LENGTH)
		expect_u32(c, i, 129, "too large", ERANGE);
	else if (a->good)
		expect_u32(c, i, 0, "0", ERANGE);
}

static void refuse_command(const struct command *c)
{
	begin_without(c, -1);
	nl_u32(&nl, LF_LB_A_MAX + 1, 1);
	expect(c, "", "unknown attribute", EINVAL);
	begin_without(c, -1);
	nl_u32(&nl, LF_LB_A_RTT_US, 1);
	expect(c, "", "attribute of an answer", EINVAL);
	begin_without(c, -1);
	nl.bytes += 3;
	expect(c, "", "trailing bytes", EINVAL);
}

/* What is wrong only together with the rest. */
static void refuse_values(void)
{
	const struct command *add = &commands[0];
	int i;

	expect_u32(add, 2, 0x100, "outside its mask", EINVAL);
	expect_u32(add, 1, 96, "shorter than the prefix", EINVAL);
	expect_u32(add, 1, 0, "none at all", EINVAL);
	for (i = 1; i < (int)N_COMMANDS; i++)
		expect_u32(&commands[i], 2, 9, "of nothing", ENOENT);
}

static void denied(void)
{
	unsigned int i;
	char name[64];
	int err;

	for (i = 0; i < N_COMMANDS; i++) {
		begin_without(&commands[i], -1);
		err = nl_talk(&nl, NULL, NULL);
		snprintf(name, sizeof(name), "%s by a user", commands[i].name);
		report(name, err == -EPERM, "%d", err);
	}
}

static void test_privileges(void)
{
	fflush(stdout);
	if (!fork()) {
		if (setresuid(NOBODY, NOBODY, NOBODY))
			_exit(2);
		denied();
		fflush(stdout);
		_exit(0);
	}
	wait(NULL);
}

static void test_refusals(void)
{
	unsigned int i;
	int j;

	for (i = 0; i < N_COMMANDS; i++) {
		refuse_command(&commands[i]);
		for (j = 0; j < commands[i].n; j++)
			refuse_attr(&commands[i], j);
	}
	refuse_values();
	test_privileges();
}

static void put_random(void)
{
	const struct attr *a = &attrs[rand() % 5];
	size_t width = a->good ? 4 : sizeof(prefix);
	uint8_t bytes[32];
	unsigned int i;

	if (rand() % 4) {
		put(a);
		return;
	}
	if (!(rand() % 4))
		width = rand() % sizeof(bytes);
	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = rand();
	nl_raw(&nl, rand() % 8 ? a->type : rand() % 32, bytes, width);
}

static void test_fuzz(unsigned long n)
{
	while (n--) {
		int left = rand() % 8;

		nl_begin(&nl, rand() % 6, rand() % 8 ? 0 : NLM_F_DUMP);
		while (left--)
			put_random();
		nl_talk(&nl, NULL, NULL);
	}
	report("fuzzed messages break nothing", true, "%s", "");
}

int main(int argc, char **argv)
{
	const char *test = argc > 1 ? argv[1] : "";

	if (nl_open_family(&nl, LF_LB_GENL_NAME))
		return 2;
	if (!strcmp(test, "refusals")) {
		test_refusals();
	} else if (!strcmp(test, "fuzz") && argc > 3) {
		srand(strtoul(argv[2], NULL, 0));
		test_fuzz(strtoul(argv[3], NULL, 0));
	} else {
		return 2;
	}
	return reports_failed != 0;
}
