// SPDX-License-Identifier: GPL-2.0
/*
 * What the netlink family must refuse. Needs the modules of lib.sh's load_all
 * and lf_test_mixed (with its app); lf_test_a is active.
 *   lf-nl-test refusals        every command with every kind of wrong attribute
 *   lf-nl-test privileges      every command and group by those who may not
 *   lf-nl-test parameters      corrupt parameter sets, one field at a time
 *   lf-nl-test proof SEED N    N damaged sets: the kernel's verdict is that of
 *                              the same proof in user space
 *   lf-nl-test fuzz SEED N     N messages, more or less right
 */
#include "nl.h"

#include <errno.h>
#include <fcntl.h>
#include <liteflow/snapshot.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY		65534
#define SET_MAX		65536
#define CGROUP_ID	4711	/* that nobody has */
#define OBJECTIVES_MAX	4096	/* of one app */

enum kind { END, TEXT, U32, U64, BYTES };

struct attr {
	int type;
	enum kind kind;
	bool required;
	uint32_t low, high;	/* U32 and lengths of the others: least, most */
};

struct command {
	const char *name;
	int cmd;
	bool dump;
	struct attr attr[4];
};

#define APP(required)		{ LF_A_APP, TEXT, required, 1, LF_APP_MAX }
#define SNAPSHOT(required)	{ LF_A_SNAPSHOT, U64, required, 1, 0 }
#define FLOW(required)		{ LF_A_FLOW, U64, required, 1, 0 }
#define CGROUP(required)	{ LF_A_CGROUP, U64, required, 1, 0 }
#define NAME(required)		{ LF_A_NAME, TEXT, required, 1, LF_NAME_MAX }
#define FLAGS			{ LF_A_FLAGS, U32, false, 0, 3 }

static const struct command commands[] = {
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
};

#define N_COMMANDS	(int)(sizeof(commands) / sizeof(*commands))

static struct nl nl;
static uint64_t standby_id, mixed_id, cc_id, flow_id;
static _Alignas(8) char set[SET_MAX];
static _Alignas(8) char junk[SET_MAX];
static const int32_t weights[3] = { 3, 2, 1 };

static uint64_t must_find(const char *name)
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
	default:
		nl_u32(&nl, a->type, a->low);
	}
}

/* All attributes but one. */
static void begin_without(const struct command *c, int flags, int without)
{
	int i;

	nl_begin(&nl, c->cmd, flags);
	for (i = 0; c->attr[i].kind; i++) {
		if (i != without && (c->attr[i].required || !flags))
			put_good(&c->attr[i]);
	}
}

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

static const char *attr_name(int type)
{
	static const char *const name[] = {
		[LF_A_APP] = "app", [LF_A_SNAPSHOT] = "snapshot",
		[LF_A_NAME] = "name", [LF_A_SHARE] = "share",
		[LF_A_FLAGS] = "flags", [LF_A_PARAMS] = "params",
		[LF_A_INTERVAL] = "interval", [LF_A_FLOW] = "flow",
		[LF_A_INPUTS] = "inputs", [LF_A_CGROUP] = "cgroup",
		[LF_A_WEIGHTS] = "weights",
	};

	return name[type];
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
	const struct command *c = &commands[3];
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
	c = &commands[8];
	nl_begin(&nl, c->cmd, 0);
	nl_u64(&nl, LF_A_SNAPSHOT, standby_id);
	nl_raw(&nl, LF_A_INPUTS, junk, 30 * 4 + 4);
	expect(c, 0, "inputs", "no whole row", EINVAL);
	c = &commands[N_COMMANDS - 1];
	nl_begin(&nl, c->cmd, 0);
	expect(c, 0, "", "without attach", ENOTCONN);
}

/* An objective of an app, as it is refused. */
static void refuse_objective(const char *app, const int32_t *values, size_t n,
			     const char *what)
{
	const struct command *c = commands;

	while (c->cmd != LF_CMD_OBJECTIVE_SET)
		c++;
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

static void expect_errno(const char *name, int err, int want)
{
	report(name, err == -want, "%s, not %s",
	       err < 0 ? strerrorname_np(-err) : "accepted",
	       strerrorname_np(want));
}

static void refuse_unknown_commands(void)
{
	static const int cmd[] = { 0, LF_CMD_BATCH_NTF, LF_CMD_EVENT_NTF, 99 };
	char name[64];
	int i;

	for (i = 0; i < 4; i++) {
		nl_begin(&nl, cmd[i], 0);
		snprintf(name, sizeof(name), "unknown command %d", cmd[i]);
		expect_errno(name, nl_talk(&nl, NULL, NULL), EOPNOTSUPP);
	}
	for (i = 0; i < N_COMMANDS; i++) {
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

static void test_refusals(void)
{
	static struct states before, after;
	int i, j;

	read_states(&before);
	for (i = 0; i < N_COMMANDS; i++) {
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
	refuse_objectives();
	fill_objectives();
	refuse_unknown_commands();
	read_states(&after);
	report("nothing that was refused changed a snapshot",
	       !strcmp(before.text, after.text), "before: %s after: %s",
	       before.text, after.text);
}

/* --- privileges ----------------------------------------------------------- */

static void denied(const char *who, int want)
{
	char name[64];
	int i;

	for (i = 0; i < N_COMMANDS; i++) {
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

static void test_privileges(void)
{
	in_child(as_nobody_with_roots_socket);
	in_child(as_nobody);
	in_child(as_root_of_a_user_namespace);
	in_child(as_root_of_a_network_namespace);
}

/* --- parameters ----------------------------------------------------------- */

/* modules/shapes.h's struct lf_test_mixed, to be damaged. */
struct mixed {
	struct lf_params head;
	struct lf_clip clip[4];
	struct lf_row hidden[3];
	int64_t hidden_lane[8];
	struct lf_row scale[3];
	int32_t scale_weight[4];
	struct lf_row out;
	int64_t out_lane[3];
};

static struct mixed m;

static void try_set(const char *what, size_t bytes, bool seal, const char *why)
{
	struct nl_snapshot active;
	char name[128];
	int err;

	if (seal)
		params_seal(&m);
	err = nl_load(&nl, mixed_id, "damaged", &m, bytes, NULL);
	snprintf(name, sizeof(name), "refused: %s", what);
	report(name, err == -EINVAL && strstr(nl.text, why),
	       "%s '%s', not '%s'", err ? strerrorname_np(-err) : "accepted",
	       nl.text, why);
	if (!err && nl_find_snapshot(&nl, "damaged", &active))
		nl_unload(&nl, active.id, NULL, 0);
	params_mixed(&m);
}

#define DAMAGE(what, change, why) do {					\
	m.change;							\
	try_set(what, sizeof(m), true, why);				\
} while (0)

static void test_header(void)
{
	m.head.magic ^= 1;
	try_set("magic", sizeof(m), true, "no LFP1 magic");
	m.head.abi++;
	try_set("abi", sizeof(m), true, "ABI version differs");
	m.head.n_layers++;
	try_set("n_layers", sizeof(m), true, "belongs to another shape");
	m.head.shape ^= 1;
	try_set("shape", sizeof(m), true, "belongs to another shape");
	m.head.bytes -= 8;
	try_set("bytes", sizeof(m), false, "length does not match");
	m.head.crc ^= 1;
	try_set("crc", sizeof(m), false, "checksum differs");
	m.head.sigma = -1;
	try_set("sigma", sizeof(m), true, "sigma is negative");
	m.head.reserved = 1;
	try_set("reserved", sizeof(m), true, "reserved field of the parameters");
	try_set("a byte less", sizeof(m) - 1, true, "length does not match");
	try_set("only a header", 32, true, "length does not match");
	m.hidden_lane[3] ^= 1ULL << 40;
	try_set("a flipped bit", sizeof(m), false, "checksum differs");
}

static void test_fields(void)
{
	DAMAGE("empty clip range", clip[0].hi = m.clip[0].lo, "clip range is empty");
	DAMAGE("reversed clip range", clip[1].hi = m.clip[1].lo - 1,
	       "clip range is empty");
	m.clip[2].lo = INT32_MIN;
	DAMAGE("clip range too wide", clip[2].hi = INT32_MAX, "too wide");
	DAMAGE("zero point below", clip[0].mid = m.clip[0].lo - 1, "zero point");
	DAMAGE("zero point above", clip[3].mid = m.clip[3].hi + 1, "zero point");
	DAMAGE("clip multiplier 0", clip[0].mult = 0, "clip multiplier");
	DAMAGE("clip multiplier < 0", clip[0].mult = -1, "clip multiplier");
	DAMAGE("clip shift 0", clip[0].shift = 0, "clip shift");
	DAMAGE("clip shift 63", clip[0].shift = 63, "clip shift");
	DAMAGE("clip that leaves 16 bits", clip[1].mult = 4, "exceeds an activation");
	DAMAGE("clip reserved", clip[3].reserved = 1, "reserved field of a clip");
	DAMAGE("bias of a dense row", hidden[1].bias = INT32_MAX,
	       "accumulator bound");
	DAMAGE("negative bias", hidden[2].bias = INT32_MIN, "accumulator bound");
	DAMAGE("row shift 0", hidden[0].shift = 0, "row shift");
	DAMAGE("row shift 63", hidden[2].shift = 63, "row shift");
	DAMAGE("row multiplier", hidden[0].mult = INT32_MIN, "row multiplier");
	DAMAGE("row multiplier below zero", hidden[1].mult_neg = INT32_MIN,
	       "row multiplier");
	DAMAGE("two multipliers for tanh", hidden[2].mult_neg = 3,
	       "two multipliers");
	DAMAGE("weight of a low row", hidden_lane[0] = 32768, "weight out of range");
	DAMAGE("weight of a high row", hidden_lane[0] = 32768LL << 32,
	       "weight out of range");
	DAMAGE("most negative weight", hidden_lane[1] = INT32_MIN,
	       "weight out of range");
	m.hidden_lane[0] = 32767;
	m.hidden_lane[1] = 32767;
	DAMAGE("weights that overflow together", hidden_lane[2] = 32767,
	       "accumulator bound");
	DAMAGE("weight beside the last row", hidden_lane[5] |= 1LL << 32,
	       "padding weight");
	DAMAGE("weight of a map", scale_weight[1] = -32768, "weight out of range");
	DAMAGE("padding of a map", scale_weight[3] = 1, "padding is not zero");
	DAMAGE("bias of a map", scale[0].bias = INT32_MAX, "accumulator bound");
	DAMAGE("row shift of a map", scale[2].shift = 64, "row shift");
	DAMAGE("row shift of the outputs", out.shift = 0xffffffff, "row shift");
	DAMAGE("weight of the outputs", out_lane[2] = 40000, "weight out of range");
}

/* Right by itself, but not for the app. */
static void test_app_range(void)
{
	struct lf_clip *clip = (struct lf_clip *)((struct lf_params *)set + 1);
	size_t bytes = params_constant(set, 1, 0, 0);
	int err;

	/* A latency ratio is at most 10,000. */
	clip[1].lo = 10000 * 65536;
	clip[1].mid = clip[1].lo;
	clip[1].hi = clip[1].lo + 65536;
	params_seal(set);
	err = nl_load(&nl, cc_id, "damaged", set, bytes, NULL);
	report("refused: clip range outside the app's",
	       err == -EINVAL && strstr(nl.text, "outside the app's"), "%s '%s'",
	       err ? strerrorname_np(-err) : "accepted", nl.text);
	err = nl_load(&nl, mixed_id, "damaged", set, bytes, NULL);
	report("refused: parameters of another shape",
	       err == -EINVAL && *nl.text, "%s '%s'",
	       err ? strerrorname_np(-err) : "accepted", nl.text);
}

static void test_parameters(void)
{
	static const int32_t in[4] = { 65536, 70000, 100000, 131072 };
	int32_t want = 0, got = 0;
	struct nl_snapshot active;
	uint64_t id = 0;
	int err;

	params_mixed(&m);
	err = nl_load(&nl, mixed_id, "sound", &m, sizeof(m), &id);
	report("the undamaged set is accepted", !err, "%s", nl.text);
	params_infer_mixed(&m, in, &want);
	err = nl_infer(&nl, id, in, 4, &got, 1);
	report("and gives what user space computes", err == 1 && got == want,
	       "%d: %d, not %d", err, got, want);
	err = nl_activate(&nl, id, 0);
	report("and is activated", !err, "%s", nl.text);
	test_header();
	test_fields();
	test_app_range();
	report("the active one goes on", nl_find_snapshot(&nl, "sound", &active)
	       && active.state == LF_STATE_ACTIVE, "it is not active");
	err = nl_infer(&nl, id, in, 4, &got, 1);
	report("and answers as before", err == 1 && got == want,
	       "%d: %d, not %d", err, got, want);
	nl_unload(&nl, id, "sound", LF_FLAG_FORCE);
}

/* --- random ---------------------------------------------------------------- */

static uint64_t dice;

static uint64_t roll(uint64_t n)
{
	dice ^= dice << 13;
	dice ^= dice >> 7;
	dice ^= dice << 17;
	return dice % n;
}

/* One to three fields get numbers that are often at a limit. */
static void damage(void *data, size_t bytes)
{
	static const int64_t edge[] = {
		0, 1, -1, 2, 62, 63, 64, 32767, 32768, -32767, -32768,
		INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN, 1LL << 32,
		32767LL << 32, 0x7fff00007fffLL,
	};
	int n = 1 + roll(3);

	while (n--) {
		int64_t value = edge[roll(sizeof(edge) / sizeof(*edge))];
		size_t width = roll(2) ? 4 : 8;
		size_t at = roll(bytes / width) * width;

		if (!roll(3))
			value = dice >> roll(64);
		memcpy((char *)data + at, &value, width);
	}
}

static void test_proof(unsigned long n)
{
	unsigned long i, accepted = 0, wrong = 0, answers = 0;
	char first[600] = "";

	for (i = 0; i < n; i++) {
		int32_t in[4], want = 0, got = 0;
		const char *why;
		uint64_t id;
		int err, j;

		params_mixed(&m);
		damage(&m, sizeof(m));
		if (m.head.bytes == sizeof(m) && roll(16))
			params_seal(&m);
		why = params_verify_mixed(&m, sizeof(m));
		err = nl_load(&nl, mixed_id, "damaged", &m, sizeof(m), &id);
		if (!why != !err || (why && strcmp(why, nl.text))) {
			wrong++;
			snprintf(first, sizeof(first), "%s, not %s", nl.text,
				 why ? why : "accepted");
		}
		if (err)
			continue;
		accepted++;
		for (j = 0; j < 4; j++)
			in[j] = roll(1ULL << 32);
		params_infer_mixed(&m, in, &want);
		if (nl_infer(&nl, id, in, 4, &got, 1) != 1 || got != want)
			answers++;
		nl_unload(&nl, id, NULL, 0);
	}
	printf("# %lu of %lu sets accepted\n", accepted, n);
	report("damaged sets: the kernel's verdict is the proof's", !wrong,
	       "%lu differ: %s", wrong, first);
	report("sets accepted all the same: the kernel's answer is user space's",
	       !answers && accepted, "%lu differ", answers);
}

static void fuzz_value(int type)
{
	static const char *const names[] = {
		"test", "cc", "mixed", "", "lf_test_a", "fuzz", "a b",
		"nobody_at_all_has_this_name_of_more_than_fifty_five_chars",
	};
	size_t bytes;

	switch (type) {
	case LF_A_APP:
	case LF_A_NAME:
		nl_string(&nl, type, names[roll(8)]);
		return;
	case LF_A_SNAPSHOT:
		nl_u64(&nl, type, roll(8) ? roll(64) : dice);
		return;
	case LF_A_FLOW:
		nl_u64(&nl, type, roll(8) ? roll(300) : dice);
		return;
	case LF_A_PARAMS:
		bytes = roll(2) ? params_mixed(set) :
				  params_constant(set, 8, roll(1000), 0);
		if (roll(2)) {
			damage(set, bytes);
			((struct lf_params *)set)->bytes = bytes;
			params_seal(set);
		}
		nl_raw(&nl, type, set, roll(8) ? bytes : roll(bytes));
		return;
	case LF_A_INPUTS:
		bytes = roll(4) ? 120 * (1 + roll(16)) : roll(SET_MAX - 8);
		nl_raw(&nl, type, junk, bytes);
		return;
	default:
		nl_u32(&nl, type, roll(4) ? roll(1001) : dice);
	}
}

static void fuzz_attr(const struct command *c)
{
	int n = 0, type;

	while (n < 4 && c->attr[n].kind)
		n++;
	type = n && roll(8) ? c->attr[roll(n)].type : (int)roll(LF_A_MAX + 4);
	if (!roll(32))
		type |= roll(4) << 14;
	if (roll(16))
		fuzz_value(type);
	else
		nl_raw(&nl, type, junk + roll(64), roll(64));
}

/* One message; the answers are read and forgotten. */
static void fuzz_one(void)
{
	struct nlmsghdr *h = (struct nlmsghdr *)nl.request;
	const struct command *c = &commands[roll(N_COMMANDS)];
	int i, n = roll(6);

	nl_begin(&nl, roll(64) ? c->cmd : (int)roll(256),
		 roll(4) ? NLM_F_ACK : (int)(roll(1 << 12)));
	if (roll(2)) {
		for (i = 0; i < 4 && c->attr[i].kind; i++)
			fuzz_value(c->attr[i].type);
	}
	for (i = 0; i < n && nl.bytes + SET_MAX + 64 < NL_BUFFER; i++)
		fuzz_attr(c);
	if (!roll(64))
		nl.bytes += roll(64);
	h->nlmsg_len = nl.bytes;
	if (!roll(64) && nl.bytes > 32)
		nl.request[20 + roll(nl.bytes - 20)] = roll(256);
	send(nl.fd, nl.request, nl.bytes, MSG_DONTWAIT);
	while (recv(nl.fd, nl.reply, sizeof(nl.reply), MSG_DONTWAIT) > 0)
		;
}

static void test_fuzz(unsigned long n)
{
	struct nl_app app;
	unsigned long i;

	for (i = 0; i < sizeof(junk); i++)
		junk[i] = roll(256);
	for (i = 0; i < n; i++)
		fuzz_one();
	nl_close(&nl);
	nl_open(&nl);
	report("the family answers after the fuzz",
	       nl_find_app(&nl, "test", &app), "it does not: %s", nl.text);
}

int main(int argc, char **argv)
{
	const char *test = argc > 1 ? argv[1] : "";
	unsigned long n = argc > 3 ? strtoul(argv[3], NULL, 0) : 1000;

	if (nl_open(&nl))
		return 2;
	dice = (argc > 2 ? strtoul(argv[2], NULL, 0) : 1) * 2654435761 + 1;
	standby_id = must_find("lf_test_b");
	mixed_id = must_find("lf_test_mixed");
	cc_id = must_find("lf_cc_a");
	nl_begin(&nl, LF_CMD_FLOW_GET, NLM_F_DUMP);
	nl_string(&nl, LF_A_APP, "test");
	nl_talk(&nl, take_flow, NULL);
	if (!strcmp(test, "refusals"))
		test_refusals();
	else if (!strcmp(test, "privileges"))
		test_privileges();
	else if (!strcmp(test, "parameters"))
		test_parameters();
	else if (!strcmp(test, "proof"))
		test_proof(n);
	else if (!strcmp(test, "fuzz"))
		test_fuzz(n);
	else
		return 2;
	return reports_failed != 0;
}
