// SPDX-License-Identifier: GPL-2.0
#include "commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct nl nl;
uint64_t standby_id, mixed_id, cc_id, flow_id;
_Alignas(8) char set[SET_MAX];
_Alignas(8) char junk[SET_MAX];
const int32_t weights[3] = { 3, 2, 1 };
const struct answer answer = { .head = { .flow = 1, .seq = 1, .n = 8 } };

#define APP(required)		{ LF_A_APP, TEXT, required, 1, LF_APP_MAX }
#define SNAPSHOT(required)	{ LF_A_SNAPSHOT, U64, required, 1, 0 }
#define FLOW(required)		{ LF_A_FLOW, U64, required, 1, 0 }
#define CGROUP(required)	{ LF_A_CGROUP, U64, required, 1, 0 }
#define NAME(required)		{ LF_A_NAME, TEXT, required, 1, LF_NAME_MAX }
#define FLAGS			{ LF_A_FLAGS, U32, false, 0, 3 }

const struct command commands[] = {
	{ "app_get", LF_CMD_APP_GET, true, { APP(true) } },
	{ "app_set", LF_CMD_APP_SET, false,
	  { APP(true), { LF_A_INTERVAL, U32, true, 10, 5000 } } },
	{ "snapshot_get", LF_CMD_SNAPSHOT_GET, true,
	  { SNAPSHOT(true), APP(false) } },
	{ "snapshot_load", LF_CMD_SNAPSHOT_LOAD, false,
	  { SNAPSHOT(true), NAME(true),
	    { LF_A_PARAMS, BYTES, true, 32, 61440 } } },
	{ "snapshot_activate", LF_CMD_SNAPSHOT_ACTIVATE, false,
	  { SNAPSHOT(true), FLAGS } },
	{ "snapshot_canary", LF_CMD_SNAPSHOT_CANARY, false,
	  { SNAPSHOT(true), { LF_A_SHARE, U32, true, 0, 1000 } } },
	{ "snapshot_rollback", LF_CMD_SNAPSHOT_ROLLBACK, false,
	  { APP(true), FLAGS } },
	{ "snapshot_unload", LF_CMD_SNAPSHOT_UNLOAD, false,
	  { SNAPSHOT(true), NAME(false), FLAGS } },
	{ "snapshot_infer", LF_CMD_SNAPSHOT_INFER, false,
	  { SNAPSHOT(true), { LF_A_INPUTS, BYTES, true, 4, 60000 } } },
	{ "flow_get", LF_CMD_FLOW_GET, true, { APP(true), FLOW(true) } },
	{ "flow_repin", LF_CMD_FLOW_REPIN, false,
	  { APP(true), FLOW(false), SNAPSHOT(false) } },
	{ "objective_get", LF_CMD_OBJECTIVE_GET, true,
	  { APP(true), CGROUP(true) } },
	{ "objective_set", LF_CMD_OBJECTIVE_SET, false,
	  { APP(true), CGROUP(true), { LF_A_WEIGHTS, BYTES, true, 4, 32 } } },
	{ "objective_del", LF_CMD_OBJECTIVE_DEL, false,
	  { APP(true), CGROUP(true) } },
	{ "attach", LF_CMD_ATTACH, false, { { 0 } } },
	{ "detach", LF_CMD_DETACH, false, { { 0 } } },
	{ "serve", LF_CMD_SERVE, false, { APP(true) } },
	{ "answer", LF_CMD_ANSWER, false,
	  { APP(true), { LF_A_ANSWERS, BYTES, true, 24, 60000 } } },
};

const int n_commands = sizeof(commands) / sizeof(*commands);

const struct command *command_of(int cmd)
{
	const struct command *c = commands;

	while (c->cmd != cmd)
		c++;
	return c;
}

/* A value that the command would accept. */
static void put_good(const struct attr *a)
{
	switch (a->type) {
	case LF_A_APP:
		nl_string(&nl, a->type, "test");
		break;
	case LF_A_SNAPSHOT:
		nl_u64(&nl, a->type, standby_id);
		break;
	case LF_A_FLOW:
		nl_u64(&nl, a->type, flow_id);
		break;
	case LF_A_CGROUP:
		nl_u64(&nl, a->type, CGROUP_ID);
		break;
	case LF_A_WEIGHTS:
		nl_raw(&nl, a->type, weights, sizeof(weights));
		break;
	case LF_A_NAME:
		nl_string(&nl, a->type, "some");
		break;
	case LF_A_PARAMS:
		nl_raw(&nl, a->type, set, params_constant(set, 8, 77, 0));
		break;
	case LF_A_INPUTS:
		nl_raw(&nl, a->type, junk, 30 * 4);
		break;
	case LF_A_ANSWERS:
		nl_raw(&nl, a->type, &answer, sizeof(answer));
		break;
	default:
		nl_u32(&nl, a->type, a->low);
	}
}

void begin_without(const struct command *c, int flags, int without)
{
	int i;

	nl_begin(&nl, c->cmd, flags);
	for (i = 0; c->attr[i].kind; i++) {
		if (i != without && (c->attr[i].required || !flags))
			put_good(&c->attr[i]);
	}
}

const char *attr_name(int type)
{
	static const char *const name[] = {
		[LF_A_APP] = "app", [LF_A_SNAPSHOT] = "snapshot",
		[LF_A_NAME] = "name", [LF_A_SHARE] = "share",
		[LF_A_FLAGS] = "flags", [LF_A_PARAMS] = "params",
		[LF_A_INTERVAL] = "interval", [LF_A_FLOW] = "flow",
		[LF_A_INPUTS] = "inputs", [LF_A_CGROUP] = "cgroup",
		[LF_A_WEIGHTS] = "weights", [LF_A_ANSWERS] = "answers",
	};

	return name[type];
}

void expect_errno(const char *name, int err, int want)
{
	report(name, err == -want, "%s, not %s",
	       err < 0 ? strerrorname_np(-err) : "accepted",
	       strerrorname_np(want));
}

uint64_t must_find(const char *name)
{
	struct nl_snapshot s;

	if (nl_find_snapshot(&nl, name, &s))
		return s.id;
	printf("# no snapshot %s\n", name);
	exit(2);
}

static void take_flow(const struct nl_attrs *attrs, void *context)
{
	(void)context;
	flow_id = nl_get_u64(attrs->a[LF_A_FLOW]);
}

void prepare(void)
{
	if (nl_open(&nl)) {
		printf("# no netlink family\n");
		exit(2);
	}
	standby_id = must_find("lf_test_b");
	mixed_id = must_find("lf_test_mixed");
	cc_id = must_find("lf_cc_a");
	nl_begin(&nl, LF_CMD_FLOW_GET, NLM_F_DUMP);
	nl_string(&nl, LF_A_APP, "test");
	nl_talk(&nl, take_flow, NULL);
}
