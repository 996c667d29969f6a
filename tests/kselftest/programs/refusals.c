// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of lf-nl-test: every command with every kind of wrong attribute.
 */
#include "commands.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define OBJECTIVES_MAX	4096	/* of one app */

/* The request is refused with this errno, and the kernel says why. */
static void expect(const struct command *c, int flags, const char *attr,
		   const char *what, int want)
{
	int err = nl_talk(&nl, NULL, NULL);
	char name[128];

	snprintf(name, sizeof(name), "%s%s%s%s: %s", c->name,
		 flags & NLM_F_DUMP ? " (dump)" : "", *attr ? " " : "", attr,
		 what);
	report(name, err == -want && *nl.text, "%s: '%s', not %s with a text",
	       err < 0 ? strerrorname_np(-err) : "accepted", nl.text,
	       strerrorname_np(want));
}

static void expect_raw(const struct command *c, int flags, int i, int type,
		       size_t bytes, const char *what, int want)
{
	begin_without(c, flags, i);
	nl_raw(&nl, type, junk, bytes);
	expect(c, flags, attr_name(c->attr[i].type), what, want);
}

static void expect_u32(const struct command *c, int i, uint32_t value,
		       const char *what, int want)
{
	begin_without(c, 0, i);
	nl_u32(&nl, c->attr[i].type, value);
	expect(c, 0, attr_name(c->attr[i].type), what, want);
}

/* Wrong lengths and values of one attribute. */
static void refuse_attr(const struct command *c, int flags, int i)
{
	const struct attr *a = &c->attr[i];
	const char *name = attr_name(a->type);

	if (a->required && !flags) {
		begin_without(c, 0, i);
		expect(c, 0, name, "missing", EINVAL);
	}
	expect_raw(c, flags, i, a->type | NLA_F_NESTED, a->kind == U32 ? 4 : 8,
		   "nested", EINVAL);
	switch (a->kind) {
	case U32:
	case U64:
		expect_raw(c, flags, i, a->type, 0, "empty", EINVAL);
		expect_raw(c, flags, i, a->type, a->kind == U32 ? 3 : 7,
			   "short", EINVAL);
		expect_raw(c, flags, i, a->type, a->kind == U32 ? 8 : 4,
			   "of the other width", EINVAL);
		expect_raw(c, flags, i, a->type, 12, "long", EINVAL);
		break;
	case TEXT:
		memset(junk, 'x', SET_MAX);
		expect_raw(c, flags, i, a->type, 0, "empty", EINVAL);
		expect_raw(c, flags, i, a->type, 4, "without its end", EINVAL);
		junk[a->high + 1] = 0;
		expect_raw(c, flags, i, a->type, a->high + 2, "long",
			   a->high + 2 > 0 ? EINVAL : 0);
		memset(junk, 0, SET_MAX);
		break;
	default:
		expect_raw(c, flags, i, a->type, 0, "empty", ERANGE);
		expect_raw(c, flags, i, a->type, a->low - 1, "short", ERANGE);
		expect_raw(c, flags, i, a->type, a->high + 1, "long", ERANGE);
	}
	if (a->kind == U64 && !flags) {
		begin_without(c, 0, i);
		nl_u64(&nl, a->type, 0);
		expect(c, 0, name, "0", ERANGE);
	}
	/* The kernel can't know which cgroups there will be. */
	if (a->kind == U64 && !flags && c->cmd != LF_CMD_OBJECTIVE_SET) {
		begin_without(c, 0, i);
		nl_u64(&nl, a->type, ~0ULL);
		expect(c, 0, name, "of nothing", ENOENT);
	}
	if (a->type == LF_A_FLAGS) {
		expect_u32(c, i, 4, "unknown bit", EINVAL);
	} else if (a->kind == U32) {
		if (a->low)
			expect_u32(c, i, a->low - 1, "too small", ERANGE);
		expect_u32(c, i, a->high + 1, "too large", ERANGE);
	}
	if (a->type == LF_A_APP && !flags && a->required) {
		begin_without(c, 0, i);
		nl_string(&nl, a->type, "nobody");
		expect(c, 0, name, "of nothing", ENOENT);
	}
}

/* What is wrong with any command. */
static void refuse_command(const struct command *c, int flags)
{
	struct genlmsghdr *g = NLMSG_DATA((struct nlmsghdr *)nl.request);

	begin_without(c, flags, -1);
	nl_u32(&nl, LF_A_MAX + 1, 1);
	expect(c, flags, "", "unknown attribute", EINVAL);
	begin_without(c, flags, -1);
	nl_u32(&nl, 0, 1);
	expect(c, flags, "", "attribute 0", EINVAL);
	begin_without(c, flags, -1);
	nl_u32(&nl, LF_A_N_OUT, 1);
	expect(c, flags, "", "attribute of another command", EINVAL);
	begin_without(c, flags, -1);
	nl.bytes += 3;
	expect(c, flags, "", "trailing bytes", EINVAL);
	begin_without(c, flags, -1);
	nl_u32(&nl, LF_A_APP, 0);
	((struct nlattr *)(nl.request + nl.bytes - 8))->nla_len = 100;
	expect(c, flags, "", "attribute beyond the message", EINVAL);
	begin_without(c, flags, -1);
	nl_u32(&nl, LF_A_APP, 0);
	((struct nlattr *)(nl.request + nl.bytes - 8))->nla_len = 3;
	expect(c, flags, "", "attribute shorter than its header", EINVAL);
	begin_without(c, flags, -1);
	g->reserved = 1;
	expect(c, flags, "", "reserved header field", EINVAL);
}

/* Values that only the code behind the policy can refuse. */
static void refuse_special(void)
{
	const struct command *c = command_of(LF_CMD_SNAPSHOT_LOAD);
	size_t bytes = params_constant(set, 8, 5, 0);

	nl_begin(&nl, c->cmd, 0);
	nl_u64(&nl, LF_A_SNAPSHOT, standby_id);
	nl_string(&nl, LF_A_NAME, "no/path");
	nl_raw(&nl, LF_A_PARAMS, set, bytes);
	expect(c, 0, "name", "with other characters", EINVAL);
	nl_begin(&nl, c->cmd, 0);
	nl_u64(&nl, LF_A_SNAPSHOT, standby_id);
	nl_string(&nl, LF_A_NAME, "");
	nl_raw(&nl, LF_A_PARAMS, set, bytes);
	expect(c, 0, "name", "without characters", EINVAL);
	c = command_of(LF_CMD_SNAPSHOT_INFER);
	nl_begin(&nl, c->cmd, 0);
	nl_u64(&nl, LF_A_SNAPSHOT, standby_id);
	nl_raw(&nl, LF_A_INPUTS, junk, 30 * 4 + 4);
	expect(c, 0, "inputs", "no whole row", EINVAL);
	c = command_of(LF_CMD_DETACH);
	nl_begin(&nl, c->cmd, 0);
	expect(c, 0, "", "without attach", ENOTCONN);
}

static void begin_answer(const void *answers, size_t bytes)
{
	nl_begin(&nl, LF_CMD_ANSWER, 0);
	nl_string(&nl, LF_A_APP, "test");
	nl_raw(&nl, LF_A_ANSWERS, answers, bytes);
}

/* By a socket that serves the app from here on. */
static void refuse_answers(void)
{
	const struct command *c = command_of(LF_CMD_ANSWER);
	struct answer twice[2] = { answer, answer };

	begin_answer(twice, sizeof(twice));
	expect(c, 0, "answers", "without serve", ENOTCONN);
	nl_begin(&nl, LF_CMD_SERVE, 0);
	nl_string(&nl, LF_A_APP, "test");
	report("serve", !nl_talk(&nl, NULL, NULL), "%s", nl.text);
	begin_without(command_of(LF_CMD_SERVE), 0, -1);
	expect(command_of(LF_CMD_SERVE), 0, "", "twice", EBUSY);
	begin_answer(twice, sizeof(twice));
	report("answers to nothing are only counted",
	       !nl_talk(&nl, NULL, NULL), "%s", nl.text);
	begin_answer(twice, sizeof(twice) - 8);
	expect(c, 0, "answers", "half a one", EINVAL);
	twice[1].head.n = 7;
	begin_answer(twice, sizeof(twice));
	expect(c, 0, "answers", "of other outputs", EINVAL);
}

/* An objective of an app, as it is refused. */
static void refuse_objective(const char *app, const int32_t *values, size_t n,
			     const char *what)
{
	const struct command *c = command_of(LF_CMD_OBJECTIVE_SET);

	nl_begin(&nl, c->cmd, 0);
	nl_string(&nl, LF_A_APP, app);
	nl_u64(&nl, LF_A_CGROUP, CGROUP_ID);
	nl_raw(&nl, LF_A_WEIGHTS, values, n);
	expect(c, 0, "weights", what, EINVAL);
}

static int talk_objective(int cmd, uint64_t cgroup)
{
	nl_begin(&nl, cmd, 0);
	nl_string(&nl, LF_A_APP, "test");
	nl_u64(&nl, LF_A_CGROUP, cgroup);
	if (cmd == LF_CMD_OBJECTIVE_SET)
		nl_raw(&nl, LF_A_WEIGHTS, weights, sizeof(weights));
	return nl_talk(&nl, NULL, NULL);
}

static void count_objective(const struct nl_attrs *attrs, void *context)
{
	int *n = context;

	*n += nl_len(attrs->a[LF_A_WEIGHTS]) == sizeof(weights) &&
	      !memcmp(nl_data(attrs->a[LF_A_WEIGHTS]), weights,
		      sizeof(weights));
}

static int count_objectives(void)
{
	int n = 0;

	nl_begin(&nl, LF_CMD_OBJECTIVE_GET, NLM_F_DUMP);
	nl_string(&nl, LF_A_APP, "test");
	nl_talk(&nl, count_objective, &n);
	return n;
}

/* As many as fit, listed whole, and no more. */
static void fill_objectives(void)
{
	uint64_t cgroup;
	int err = 0;

	/* Far apart, as ids of cgroups that come and go are. */
	for (cgroup = 1; cgroup <= OBJECTIVES_MAX && !err; cgroup++)
		err = talk_objective(LF_CMD_OBJECTIVE_SET, cgroup << 32 | 7);
	report("the table of objectives is filled", !err, "%s", nl.text);
	report("what it has can be set again", !talk_objective(
	       LF_CMD_OBJECTIVE_SET, 1ULL << 32 | 7), "%s", nl.text);
	err = talk_objective(LF_CMD_OBJECTIVE_SET, CGROUP_ID);
	report("more are refused", err == -ENOSPC && *nl.text, "'%s'", nl.text);
	report("all are listed", count_objectives() == OBJECTIVES_MAX, "%d",
	       count_objectives());
	err = 0;
	for (cgroup = 1; cgroup <= OBJECTIVES_MAX && !err; cgroup++)
		err = talk_objective(LF_CMD_OBJECTIVE_DEL, cgroup << 32 | 7);
	report("all can be deleted", !err && !count_objectives(), "%s",
	       nl.text);
}

static void refuse_objectives(void)
{
	static const int32_t none[3], beyond[3] = { 1 << 21, 0, 0 };

	refuse_objective("test", weights, 5, "no whole values");
	refuse_objective("test", weights, 8, "too few");
	refuse_objective("test", beyond, sizeof(beyond), "out of range");
	refuse_objective("test", none, sizeof(none), "all 0");
	refuse_objective("mixed", weights, 12, "of an app without");
}

static void refuse_unknown_commands(void)
{
	static const int cmd[] = { 0, LF_CMD_BATCH_NTF, LF_CMD_EVENT_NTF,
				   LF_CMD_QUERY_NTF, 99 };
	char name[64];
	int i;

	for (i = 0; i < 5; i++) {
		nl_begin(&nl, cmd[i], 0);
		snprintf(name, sizeof(name), "unknown command %d", cmd[i]);
		expect_errno(name, nl_talk(&nl, NULL, NULL), EOPNOTSUPP);
	}
	for (i = 0; i < n_commands; i++) {
		if (commands[i].dump)
			continue;
		nl_begin(&nl, commands[i].cmd, NLM_F_DUMP);
		snprintf(name, sizeof(name), "no dump of %s", commands[i].name);
		expect_errno(name, nl_talk(&nl, NULL, NULL), EOPNOTSUPP);
	}
}

struct states {
	char text[65536];
	size_t n;
};

static void add_state(const struct nl_attrs *attrs, void *context)
{
	struct states *s = context;
	struct nl_snapshot snap;

	nl_parse_snapshot(attrs, &snap);
	s->n += snprintf(s->text + s->n, sizeof(s->text) - s->n,
			 "%lu %s %u %u %u\n", snap.id, snap.name, snap.state,
			 snap.pins, snap.share);
}

static void read_states(struct states *s)
{
	s->n = 0;
	nl_begin(&nl, LF_CMD_SNAPSHOT_GET, NLM_F_DUMP);
	nl_talk(&nl, add_state, s);
}

void test_refusals(void)
{
	static struct states before, after;
	int i, j;

	read_states(&before);
	for (i = 0; i < n_commands; i++) {
		const struct command *c = &commands[i];

		refuse_command(c, 0);
		if (c->dump)
			refuse_command(c, NLM_F_DUMP);
		for (j = 0; c->attr[j].kind; j++) {
			refuse_attr(c, 0, j);
			if (c->dump)
				refuse_attr(c, NLM_F_DUMP, j);
		}
	}
	refuse_special();
	refuse_answers();
	refuse_objectives();
	fill_objectives();
	refuse_unknown_commands();
	read_states(&after);
	report("nothing that was refused changed a snapshot",
	       !strcmp(before.text, after.text), "before: %s after: %s",
	       before.text, after.text);
}
