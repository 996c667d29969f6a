/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The netlink family of liteflow.ko for tests: bare messages, so that wrong
 * ones can be sent as well, and the requests that tests need.
 */
#ifndef _LF_TEST_NL_H
#define _LF_TEST_NL_H

#include <linux/liteflow.h>
#include <linux/netlink.h>
#include <linux/genetlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NL_BUFFER	131072

struct nl {
	int fd;
	uint16_t family;
	uint32_t group[2];	/* batches, events */
	uint32_t seq;
	char text[256];		/* the extack of the last answer, or "" */
	int missing;		/* the attribute that it misses, or 0 */
	size_t bytes;		/* of the request that is being built */
	_Alignas(8) char request[NL_BUFFER];
	_Alignas(8) char reply[NL_BUFFER];
};

/* The attributes of one answer; NULL: not there. */
struct nl_attrs {
	uint8_t cmd;
	const struct nlattr *a[LF_A_MAX + 1];
};

typedef void (*nl_on_message)(const struct nl_attrs *attrs, void *context);

/* 0 or -errno (-ENOENT: no such family). */
int nl_open(struct nl *nl);
int nl_open_family(struct nl *nl, const char *name);
void nl_close(struct nl *nl);

/* A request: begin, attributes, then talk. flags besides NLM_F_REQUEST. */
void nl_begin(struct nl *nl, int cmd, int flags);
void nl_raw(struct nl *nl, int type, const void *data, size_t bytes);
void nl_u8(struct nl *nl, int type, uint8_t value);
void nl_u32(struct nl *nl, int type, uint32_t value);
void nl_u64(struct nl *nl, int type, uint64_t value);
void nl_string(struct nl *nl, int type, const char *value);

/* Send and take all answers. 0 or -errno; nl->text tells why. */
int nl_talk(struct nl *nl, nl_on_message on_message, void *context);

/* Take what came to a subscribed socket within ms; -errno, -EAGAIN: nothing. */
int nl_receive(struct nl *nl, int ms, nl_on_message on_message, void *context);
int nl_join(struct nl *nl, uint32_t group);

uint8_t nl_get_u8(const struct nlattr *a);
uint32_t nl_get_u32(const struct nlattr *a);
uint64_t nl_get_u64(const struct nlattr *a);
const char *nl_get_string(const struct nlattr *a);	/* "" if NULL */
static inline const void *nl_data(const struct nlattr *a)
{
	return (const char *)a + NLA_HDRLEN;
}

static inline size_t nl_len(const struct nlattr *a)
{
	return a ? a->nla_len - NLA_HDRLEN : 0;
}

/* Requests. 0 or -errno. */
int nl_activate(struct nl *nl, uint64_t id, uint32_t flags);
int nl_unload(struct nl *nl, uint64_t id, const char *name, uint32_t flags);
int nl_load(struct nl *nl, uint64_t base, const char *name,
	    const void *params, size_t bytes, uint64_t *id);
int nl_infer(struct nl *nl, uint64_t id, const int32_t *in, size_t values,
	     int32_t *out, size_t max);		/* number of outputs */

/* One snapshot or app by name; false: none. */
struct nl_snapshot {
	uint64_t id, inferences, failed, clipped, explored, rewards, age_ms;
	int64_t reward_sum;
	uint32_t state, pins, share, n_in, n_out, macs;
	char app[LF_APP_MAX + 1], name[LF_NAME_MAX + 1];
};

struct nl_app {
	uint32_t n_in, n_out, record_len, interval, flows, attached;
	uint64_t inferences, failed, fallbacks, clamped, reported, dropped;
	uint64_t asked, answered, late, stale;
	char name[LF_APP_MAX + 1];
};

bool nl_find_snapshot(struct nl *nl, const char *name, struct nl_snapshot *s);
bool nl_find_app(struct nl *nl, const char *name, struct nl_app *app);
void nl_parse_snapshot(const struct nl_attrs *at, struct nl_snapshot *s);
void nl_parse_app(const struct nl_attrs *at, struct nl_app *app);

extern const char *const nl_state_name[__LF_STATE_COUNT];
extern const char *const nl_event_name[__LF_EVENT_COUNT];
extern const char *const nl_reason_name[__LF_REASON_COUNT];

/* Parameters for the shapes of modules/shapes.h; returns the bytes. */
size_t params_constant(void *set, uint32_t n_out, int32_t value, int32_t sigma);
size_t params_mixed(void *set);
void params_seal(void *set);	/* the checksum again, after a change */
const char *params_verify_constant(const void *set, size_t bytes,
				   uint32_t n_out);
const char *params_verify_mixed(const void *set, size_t bytes);
int params_infer_mixed(const void *set, const int32_t *in, int32_t *out);

/* Results as "ok NAME" or "not ok NAME" after "# WHY"; see lib.sh. */
void report(const char *name, bool ok, const char *why, ...)
	__attribute__((format(printf, 3, 4)));
extern int reports_failed;

double now_s(void);

#define PATIENCE_S	60	/* for what must come, however slow the machine is */

#endif /* _LF_TEST_NL_H */
