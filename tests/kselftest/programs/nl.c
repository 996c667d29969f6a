// SPDX-License-Identifier: GPL-2.0
#include "nl.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#ifndef SOL_NETLINK
#define SOL_NETLINK 270
#endif

const char *const nl_state_name[] = {
	"standby", "canary", "active", "previous", "draining", "drained",
};

const char *const nl_event_name[] = {
	"standby", "active", "canary", "canary_dropped", "rolled_back",
	"draining", "drained", "unloaded", "fallback", "attached", "detached",
};

const char *const nl_reason_name[] = {
	"none", "no_snapshot", "no_memory", "range", "guard_rate",
	"guard_queue", "stale", "no_answer", "guard_error",
};

/* --- building ------------------------------------------------------------ */

static void begin(struct nl *nl, int type, int flags, int cmd)
{
	struct nlmsghdr *h = (struct nlmsghdr *)nl->request;
	struct genlmsghdr *g = NLMSG_DATA(h);

	*h = (struct nlmsghdr){
		.nlmsg_type = type, .nlmsg_flags = NLM_F_REQUEST | flags,
		.nlmsg_seq = ++nl->seq,
	};
	*g = (struct genlmsghdr){ .cmd = cmd, .version = LF_GENL_VERSION };
	nl->bytes = NLMSG_LENGTH(GENL_HDRLEN);
}

void nl_begin(struct nl *nl, int cmd, int flags)
{
	begin(nl, nl->family, flags, cmd);
}

void nl_raw(struct nl *nl, int type, const void *data, size_t bytes)
{
	struct nlattr *a = (struct nlattr *)(nl->request + nl->bytes);

	a->nla_type = type;
	a->nla_len = NLA_HDRLEN + bytes;
	if (bytes)
		memcpy(a + 1, data, bytes);
	memset((char *)(a + 1) + bytes, 0, NLA_ALIGN(bytes) - bytes);
	nl->bytes += NLA_ALIGN(NLA_HDRLEN + bytes);
}

void nl_u8(struct nl *nl, int type, uint8_t value)
{
	nl_raw(nl, type, &value, sizeof(value));
}

void nl_u32(struct nl *nl, int type, uint32_t value)
{
	nl_raw(nl, type, &value, sizeof(value));
}

void nl_u64(struct nl *nl, int type, uint64_t value)
{
	nl_raw(nl, type, &value, sizeof(value));
}

void nl_string(struct nl *nl, int type, const char *value)
{
	nl_raw(nl, type, value, strlen(value) + 1);
}

/* --- taking apart -------------------------------------------------------- */

uint8_t nl_get_u8(const struct nlattr *a)
{
	return a ? *(const uint8_t *)nl_data(a) : 0;
}

uint32_t nl_get_u32(const struct nlattr *a)
{
	uint32_t value = 0;

	if (a)
		memcpy(&value, nl_data(a), sizeof(value));
	return value;
}

uint64_t nl_get_u64(const struct nlattr *a)
{
	uint64_t value = 0;

	if (a)
		memcpy(&value, nl_data(a), sizeof(value));
	return value;
}

const char *nl_get_string(const struct nlattr *a)
{
	return a ? nl_data(a) : "";
}

static void parse(const struct nlmsghdr *h, struct nl_attrs *attrs)
{
	const struct genlmsghdr *g = NLMSG_DATA(h);
	const char *at = (const char *)g + GENL_HDRLEN;
	const char *end = (const char *)h + h->nlmsg_len;

	*attrs = (struct nl_attrs){ .cmd = g->cmd };
	while (at + NLA_HDRLEN <= end) {
		const struct nlattr *a = (const struct nlattr *)at;
		int type = a->nla_type & NLA_TYPE_MASK;

		if (a->nla_len < NLA_HDRLEN || at + a->nla_len > end)
			break;
		if (type <= LF_A_MAX)
			attrs->a[type] = a;
		at += NLA_ALIGN(a->nla_len);
	}
}

/* What the kernel says besides the errno. */
static void parse_extack(struct nl *nl, const struct nlmsghdr *h)
{
	const struct nlmsgerr *e = NLMSG_DATA(h);
	const char *at = (const char *)(e + 1);
	const char *end = (const char *)h + h->nlmsg_len;

	nl->text[0] = 0;
	nl->missing = 0;
	if (!(h->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (!(h->nlmsg_flags & NLM_F_CAPPED))
		at += e->msg.nlmsg_len - sizeof(struct nlmsghdr);
	while (at + NLA_HDRLEN <= end) {
		const struct nlattr *a = (const struct nlattr *)at;

		if (a->nla_len < NLA_HDRLEN)
			break;
		if (a->nla_type == NLMSGERR_ATTR_MSG)
			snprintf(nl->text, sizeof(nl->text), "%s",
				 nl_get_string(a));
		else if (a->nla_type == NLMSGERR_ATTR_MISS_TYPE)
			nl->missing = nl_get_u32(a);
		at += NLA_ALIGN(a->nla_len);
	}
}

/* --- talking ------------------------------------------------------------- */

/* One datagram's messages; 1: go on, 0 or -errno: that was the end. */
static int take(struct nl *nl, ssize_t n, uint32_t seq, nl_on_message on_message,
		void *context)
{
	struct nlmsghdr *h = (struct nlmsghdr *)nl->reply;
	struct nl_attrs attrs;

	for (; NLMSG_OK(h, n); h = NLMSG_NEXT(h, n)) {
		if (h->nlmsg_seq != seq)
			continue;
		if (h->nlmsg_type == NLMSG_ERROR) {
			parse_extack(nl, h);
			return ((struct nlmsgerr *)NLMSG_DATA(h))->error;
		}
		if (h->nlmsg_type == NLMSG_DONE) {
			int err = *(int *)NLMSG_DATA(h);

			return err < 0 ? err : 0;
		}
		parse(h, &attrs);
		if (on_message)
			on_message(&attrs, context);
	}
	return 1;
}

static int talk(struct nl *nl, nl_on_message on_message, void *context)
{
	struct nlmsghdr *h = (struct nlmsghdr *)nl->request;
	int err = 1;

	h->nlmsg_len = nl->bytes;
	if (!(h->nlmsg_flags & NLM_F_DUMP))
		h->nlmsg_flags |= NLM_F_ACK;
	nl->text[0] = 0;
	if (send(nl->fd, h, h->nlmsg_len, 0) < 0)
		return -errno;
	while (err == 1) {
		ssize_t n = recv(nl->fd, nl->reply, sizeof(nl->reply), 0);

		if (n < 0)
			return -errno;
		err = take(nl, n, h->nlmsg_seq, on_message, context);
	}
	return err;
}

int nl_talk(struct nl *nl, nl_on_message on_message, void *context)
{
	return talk(nl, on_message, context);
}

int nl_receive(struct nl *nl, int ms, nl_on_message on_message, void *context)
{
	struct pollfd p = { .fd = nl->fd, .events = POLLIN };
	ssize_t n;

	if (ms && poll(&p, 1, ms) <= 0)
		return -EAGAIN;
	n = recv(nl->fd, nl->reply, sizeof(nl->reply), MSG_DONTWAIT);
	if (n < 0)
		return -errno;
	take(nl, n, 0, on_message, context);
	return 0;
}

int nl_join(struct nl *nl, uint32_t group)
{
	int g = group;

	if (setsockopt(nl->fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &g,
		       sizeof(g)))
		return -errno;
	return 0;
}

/* --- the family ---------------------------------------------------------- */

static const struct nlattr *find(const void *data, size_t bytes, int type)
{
	const char *at = data;
	const char *end = at + bytes;

	while (at + NLA_HDRLEN <= end) {
		const struct nlattr *a = (const struct nlattr *)at;

		if ((a->nla_type & NLA_TYPE_MASK) == type)
			return a;
		at += NLA_ALIGN(a->nla_len);
	}
	return NULL;
}

static void parse_family(struct nl *nl, const struct nlmsghdr *h)
{
	const char *data = (const char *)NLMSG_DATA(h) + GENL_HDRLEN;
	size_t bytes = h->nlmsg_len - NLMSG_LENGTH(GENL_HDRLEN);
	const struct nlattr *id, *groups, *group;
	const char *at, *end;

	id = find(data, bytes, CTRL_ATTR_FAMILY_ID);
	memcpy(&nl->family, nl_data(id), sizeof(nl->family));
	groups = find(data, bytes, CTRL_ATTR_MCAST_GROUPS);
	if (!groups)
		return;
	at = nl_data(groups);
	end = at + nl_len(groups);
	for (; at < end; at += NLA_ALIGN(group->nla_len)) {
		const struct nlattr *name, *number;

		group = (const struct nlattr *)at;
		name = find(nl_data(group), nl_len(group),
			    CTRL_ATTR_MCAST_GRP_NAME);
		number = find(nl_data(group), nl_len(group),
			      CTRL_ATTR_MCAST_GRP_ID);
		nl->group[!strcmp(nl_get_string(name), LF_GENL_GROUP_EVENTS)] =
			nl_get_u32(number);
	}
}

int nl_open(struct nl *nl)
{
	return nl_open_family(nl, LF_GENL_NAME);
}

int nl_open_family(struct nl *nl, const char *name)
{
	struct nlmsghdr *h = (struct nlmsghdr *)nl->request;
	int one = 1;
	ssize_t n;

	nl->seq = time(NULL);
	nl->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (nl->fd < 0)
		return -errno;
	setsockopt(nl->fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one));
	setsockopt(nl->fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one));
	begin(nl, GENL_ID_CTRL, 0, CTRL_CMD_GETFAMILY);
	nl_string(nl, CTRL_ATTR_FAMILY_NAME, name);
	h->nlmsg_len = nl->bytes;
	if (send(nl->fd, h, h->nlmsg_len, 0) < 0)
		return -errno;
	n = recv(nl->fd, nl->reply, sizeof(nl->reply), 0);
	h = (struct nlmsghdr *)nl->reply;
	if (n < 0 || !NLMSG_OK(h, n))
		return -EPROTO;
	if (h->nlmsg_type == NLMSG_ERROR)
		return ((struct nlmsgerr *)NLMSG_DATA(h))->error;
	parse_family(nl, h);
	return 0;
}

void nl_close(struct nl *nl)
{
	close(nl->fd);
	nl->fd = -1;
}

/* --- requests ------------------------------------------------------------ */

int nl_activate(struct nl *nl, uint64_t id, uint32_t flags)
{
	nl_begin(nl, LF_CMD_SNAPSHOT_ACTIVATE, 0);
	nl_u64(nl, LF_A_SNAPSHOT, id);
	if (flags)
		nl_u32(nl, LF_A_FLAGS, flags);
	return nl_talk(nl, NULL, NULL);
}

int nl_unload(struct nl *nl, uint64_t id, const char *name, uint32_t flags)
{
	nl_begin(nl, LF_CMD_SNAPSHOT_UNLOAD, 0);
	nl_u64(nl, LF_A_SNAPSHOT, id);
	if (name)
		nl_string(nl, LF_A_NAME, name);
	if (flags)
		nl_u32(nl, LF_A_FLAGS, flags);
	return nl_talk(nl, NULL, NULL);
}

static void take_id(const struct nl_attrs *attrs, void *context)
{
	*(uint64_t *)context = nl_get_u64(attrs->a[LF_A_SNAPSHOT]);
}

int nl_load(struct nl *nl, uint64_t base, const char *name, const void *params,
	    size_t bytes, uint64_t *id)
{
	uint64_t ignored;

	nl_begin(nl, LF_CMD_SNAPSHOT_LOAD, 0);
	nl_u64(nl, LF_A_SNAPSHOT, base);
	nl_string(nl, LF_A_NAME, name);
	nl_raw(nl, LF_A_PARAMS, params, bytes);
	return nl_talk(nl, take_id, id ? id : &ignored);
}

struct outputs {
	int32_t *out;
	size_t max, n;
};

static void take_outputs(const struct nl_attrs *attrs, void *context)
{
	const struct nlattr *a = attrs->a[LF_A_OUTPUTS];
	struct outputs *o = context;

	o->n = nl_len(a) / sizeof(*o->out);
	if (o->n > o->max)
		o->n = o->max;
	if (a)
		memcpy(o->out, nl_data(a), o->n * sizeof(*o->out));
}

int nl_infer(struct nl *nl, uint64_t id, const int32_t *in, size_t values,
	     int32_t *out, size_t max)
{
	struct outputs o = { .out = out, .max = max };
	int err;

	nl_begin(nl, LF_CMD_SNAPSHOT_INFER, 0);
	nl_u64(nl, LF_A_SNAPSHOT, id);
	nl_raw(nl, LF_A_INPUTS, in, values * sizeof(*in));
	err = nl_talk(nl, take_outputs, &o);
	return err ? err : (int)o.n;
}

void nl_parse_snapshot(const struct nl_attrs *at, struct nl_snapshot *s)
{
	*s = (struct nl_snapshot){
		.id = nl_get_u64(at->a[LF_A_SNAPSHOT]),
		.inferences = nl_get_u64(at->a[LF_A_INFERENCES]),
		.failed = nl_get_u64(at->a[LF_A_FAILED]),
		.clipped = nl_get_u64(at->a[LF_A_CLIPPED]),
		.explored = nl_get_u64(at->a[LF_A_EXPLORED]),
		.rewards = nl_get_u64(at->a[LF_A_REWARD_COUNT]),
		.reward_sum = nl_get_u64(at->a[LF_A_REWARD_SUM]),
		.age_ms = nl_get_u64(at->a[LF_A_AGE_MS]),
		.state = nl_get_u8(at->a[LF_A_STATE]),
		.pins = nl_get_u32(at->a[LF_A_PINS]),
		.share = nl_get_u32(at->a[LF_A_SHARE]),
		.n_in = nl_get_u32(at->a[LF_A_N_IN]),
		.n_out = nl_get_u32(at->a[LF_A_N_OUT]),
		.macs = nl_get_u32(at->a[LF_A_MACS]),
	};
	snprintf(s->app, sizeof(s->app), "%s", nl_get_string(at->a[LF_A_APP]));
	snprintf(s->name, sizeof(s->name), "%s",
		 nl_get_string(at->a[LF_A_NAME]));
}

void nl_parse_app(const struct nl_attrs *at, struct nl_app *app)
{
	*app = (struct nl_app){
		.n_in = nl_get_u32(at->a[LF_A_N_IN]),
		.n_out = nl_get_u32(at->a[LF_A_N_OUT]),
		.record_len = nl_get_u32(at->a[LF_A_RECORD_LEN]),
		.interval = nl_get_u32(at->a[LF_A_INTERVAL]),
		.flows = nl_get_u32(at->a[LF_A_FLOWS]),
		.attached = nl_get_u8(at->a[LF_A_ATTACHED]),
		.inferences = nl_get_u64(at->a[LF_A_INFERENCES]),
		.failed = nl_get_u64(at->a[LF_A_FAILED]),
		.fallbacks = nl_get_u64(at->a[LF_A_FALLBACKS]),
		.clamped = nl_get_u64(at->a[LF_A_CLAMPED]),
		.asked = nl_get_u64(at->a[LF_A_ASKED]),
		.answered = nl_get_u64(at->a[LF_A_ANSWERED]),
		.late = nl_get_u64(at->a[LF_A_LATE]),
		.stale = nl_get_u64(at->a[LF_A_STALE]),
		.reported = nl_get_u64(at->a[LF_A_REPORTED]),
		.dropped = nl_get_u64(at->a[LF_A_DROPPED]),
	};
	snprintf(app->name, sizeof(app->name), "%s",
		 nl_get_string(at->a[LF_A_APP]));
}

struct search {
	const char *name;
	struct nl_snapshot *s;
	bool found;
};

static void match_snapshot(const struct nl_attrs *attrs, void *context)
{
	struct search *search = context;

	if (strcmp(nl_get_string(attrs->a[LF_A_NAME]), search->name))
		return;
	nl_parse_snapshot(attrs, search->s);
	search->found = true;
}

bool nl_find_snapshot(struct nl *nl, const char *name, struct nl_snapshot *s)
{
	struct search search = { .name = name, .s = s };

	nl_begin(nl, LF_CMD_SNAPSHOT_GET, NLM_F_DUMP);
	nl_talk(nl, match_snapshot, &search);
	return search.found;
}

static void take_app(const struct nl_attrs *attrs, void *context)
{
	nl_parse_app(attrs, context);
}

bool nl_find_app(struct nl *nl, const char *name, struct nl_app *app)
{
	nl_begin(nl, LF_CMD_APP_GET, 0);
	nl_string(nl, LF_A_APP, name);
	return !nl_talk(nl, take_app, app);
}

/* --- results ------------------------------------------------------------- */

int reports_failed;

void report(const char *name, bool ok, const char *why, ...)
{
	va_list args;

	if (!ok) {
		printf("# ");
		va_start(args, why);
		vprintf(why, args);
		va_end(args);
		printf("\n");
		reports_failed++;
	}
	printf("%s %s\n", ok ? "ok" : "not ok", name);
	fflush(stdout);
}

double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}
