// SPDX-License-Identifier: GPL-2.0
/*
 * Requests of the netlink family, for guest scripts. A refusal is printed as
 * "refused: ERRNO: TEXT" and gives exit status 1. SNAPSHOT is a name.
 */
#include "nl.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
	"lf-nl app NAME FIELD | snap SNAPSHOT FIELD     print one field\n"
	"lf-nl apps | snaps | flows [APP]               print all, a line each\n"
	"lf-nl load BASE NAME VALUE [SIGMA]             parameters of a constant\n"
	"lf-nl activate SNAPSHOT [repin]\n"
	"lf-nl canary SNAPSHOT SHARE\n"
	"lf-nl rollback APP [repin]\n"
	"lf-nl unload SNAPSHOT [name NAME] [force]\n"
	"lf-nl infer SNAPSHOT                           of inputs 1.0, print\n"
	"lf-nl repin APP [FLOW [SNAPSHOT]]              print how many moved\n"
	"lf-nl interval APP MS\n"
	"lf-nl attach                                   and stay; ends by signal\n"
	"lf-nl attach-detach                            both, then end\n"
	"lf-nl events                                   print a line each; stay\n";

static struct nl nl;

static int result(int err)
{
	if (!err)
		return 0;
	fprintf(stderr, "refused: %s: %s\n", strerrorname_np(-err), nl.text);
	return 1;
}

static uint64_t id_of(const char *name)
{
	struct nl_snapshot s;
	char *end;
	uint64_t id = strtoull(name, &end, 10);

	if (!*end)
		return id;
	if (nl_find_snapshot(&nl, name, &s))
		return s.id;
	fprintf(stderr, "no snapshot %s\n", name);
	exit(1);
}

static void print_snapshot(const struct nl_snapshot *s)
{
	printf("id=%lu app=%s name=%s state=%s pins=%u share=%u n_in=%u "
	       "n_out=%u macs=%u inferences=%lu failed=%lu clipped=%lu "
	       "explored=%lu rewards=%lu reward_sum=%ld age_ms=%lu\n",
	       s->id, s->app, s->name, nl_state_name[s->state], s->pins,
	       s->share, s->n_in, s->n_out, s->macs, s->inferences, s->failed,
	       s->clipped, s->explored, s->rewards, s->reward_sum,
	       s->age_ms);
}

static void print_app(const struct nl_app *a)
{
	printf("name=%s n_in=%u n_out=%u record_len=%u interval=%u flows=%u "
	       "attached=%u inferences=%lu failed=%lu fallbacks=%lu "
	       "clamped=%lu reported=%lu dropped=%lu asked=%lu answered=%lu "
	       "late=%lu stale=%lu\n",
	       a->name, a->n_in, a->n_out, a->record_len, a->interval, a->flows,
	       a->attached, a->inferences, a->failed, a->fallbacks, a->clamped,
	       a->reported, a->dropped, a->asked, a->answered, a->late,
	       a->stale);
}

static void on_snapshot(const struct nl_attrs *attrs, void *context)
{
	struct nl_snapshot s;

	(void)context;
	nl_parse_snapshot(attrs, &s);
	print_snapshot(&s);
}

static void on_app(const struct nl_attrs *attrs, void *context)
{
	struct nl_app a;

	(void)context;
	nl_parse_app(attrs, &a);
	print_app(&a);
}

static void on_flow(const struct nl_attrs *attrs, void *context)
{
	(void)context;
	printf("id=%lu app=%s netns=%u snapshot=%lu inferences=%lu reason=%s "
	       "age_ms=%lu\n",
	       nl_get_u64(attrs->a[LF_A_FLOW]),
	       nl_get_string(attrs->a[LF_A_APP]),
	       nl_get_u32(attrs->a[LF_A_NETNS]),
	       nl_get_u64(attrs->a[LF_A_SNAPSHOT]),
	       nl_get_u64(attrs->a[LF_A_INFERENCES]),
	       nl_reason_name[nl_get_u8(attrs->a[LF_A_REASON])],
	       nl_get_u64(attrs->a[LF_A_AGE_MS]));
}

static void on_count(const struct nl_attrs *attrs, void *context)
{
	(void)context;
	printf("%lu\n", nl_get_u64(attrs->a[LF_A_COUNT]));
}

static void on_event(const struct nl_attrs *attrs, void *context)
{
	const struct nlattr *const *a = attrs->a;
	uint8_t event = nl_get_u8(a[LF_A_EVENT]);

	(void)context;
	if (attrs->cmd != LF_CMD_EVENT_NTF)
		return;
	printf("%s app=%s", nl_event_name[event], nl_get_string(a[LF_A_APP]));
	if (a[LF_A_NAME])
		printf(" name=%s id=%lu state=%s share=%u",
		       nl_get_string(a[LF_A_NAME]),
		       nl_get_u64(a[LF_A_SNAPSHOT]),
		       nl_state_name[nl_get_u8(a[LF_A_STATE])],
		       nl_get_u32(a[LF_A_SHARE]));
	if (a[LF_A_REASON])
		printf(" reason=%s count=%lu",
		       nl_reason_name[nl_get_u8(a[LF_A_REASON])],
		       nl_get_u64(a[LF_A_COUNT]));
	printf("\n");
}

/* The value of FIELD in a line of FIELD=VALUE pairs. */
static int print_field(char *line, const char *field)
{
	char *word;

	for (word = strtok(line, " \n"); word; word = strtok(NULL, " \n")) {
		size_t n = strcspn(word, "=");

		if (!strncmp(word, field, n) && !field[n])
			return puts(word + n + 1) < 0;
	}
	fprintf(stderr, "no field %s\n", field);
	return 2;
}

static int show(int argc, char **argv)
{
	char line[1024] = "";
	FILE *out = stdout;
	bool found;

	if (argc < 4)
		return 2;
	stdout = fmemopen(line, sizeof(line), "w");
	if (!strcmp(argv[1], "snap")) {
		struct nl_snapshot s;

		found = nl_find_snapshot(&nl, argv[2], &s);
		if (found)
			print_snapshot(&s);
	} else {
		struct nl_app a;

		found = nl_find_app(&nl, argv[2], &a);
		if (found)
			print_app(&a);
	}
	fclose(stdout);
	stdout = out;
	return found ? print_field(line, argv[3]) : 1;
}

static int dump(int argc, char **argv, int cmd, nl_on_message on_message)
{
	nl_begin(&nl, cmd, NLM_F_DUMP);
	if (argc > 2)
		nl_string(&nl, LF_A_APP, argv[2]);
	return result(nl_talk(&nl, on_message, NULL));
}

static int load(int argc, char **argv)
{
	static _Alignas(8) char set[65536];
	struct nl_snapshot base;
	size_t bytes;
	uint64_t id;
	int err;

	if (argc < 5 || !nl_find_snapshot(&nl, argv[2], &base))
		return 2;
	bytes = params_constant(set, base.n_out, strtol(argv[4], NULL, 0),
				argc > 5 ? atoi(argv[5]) : 0);
	err = nl_load(&nl, base.id, argv[3], set, bytes, &id);
	if (!err)
		printf("%lu\n", id);
	return result(err);
}

static int canary(const char *name, const char *share)
{
	uint64_t id = id_of(name);

	nl_begin(&nl, LF_CMD_SNAPSHOT_CANARY, 0);
	nl_u64(&nl, LF_A_SNAPSHOT, id);
	nl_u32(&nl, LF_A_SHARE, atoi(share));
	return result(nl_talk(&nl, NULL, NULL));
}

static int rollback(const char *app, bool repin)
{
	nl_begin(&nl, LF_CMD_SNAPSHOT_ROLLBACK, 0);
	nl_string(&nl, LF_A_APP, app);
	if (repin)
		nl_u32(&nl, LF_A_FLAGS, LF_FLAG_REPIN);
	return result(nl_talk(&nl, NULL, NULL));
}

static int unload(int argc, char **argv)
{
	uint64_t id = id_of(argv[2]);
	const char *name = NULL;
	uint32_t flags = 0;
	int i;

	for (i = 3; i < argc; i++) {
		if (!strcmp(argv[i], "force"))
			flags = LF_FLAG_FORCE;
		else if (i + 1 < argc)
			name = argv[++i];
	}
	return result(nl_unload(&nl, id, name, flags));
}

static int infer(const char *name)
{
	int32_t in[128], out[8];
	struct nl_snapshot s;
	int i, n;

	if (!nl_find_snapshot(&nl, name, &s))
		return 2;
	for (i = 0; i < 128; i++)
		in[i] = 65536;
	n = nl_infer(&nl, s.id, in, s.n_in, out, 8);
	if (n < 0)
		return result(n);
	for (i = 0; i < n; i++)
		printf("%d%c", out[i], i + 1 < n ? ' ' : '\n');
	return 0;
}

static int repin(int argc, char **argv)
{
	uint64_t id = argc > 4 ? id_of(argv[4]) : 0;

	nl_begin(&nl, LF_CMD_FLOW_REPIN, 0);
	nl_string(&nl, LF_A_APP, argv[2]);
	if (argc > 3 && strcmp(argv[3], "0"))
		nl_u64(&nl, LF_A_FLOW, strtoull(argv[3], NULL, 0));
	if (id)
		nl_u64(&nl, LF_A_SNAPSHOT, id);
	return result(nl_talk(&nl, on_count, NULL));
}

static int interval(const char *app, const char *ms)
{
	nl_begin(&nl, LF_CMD_APP_SET, 0);
	nl_string(&nl, LF_A_APP, app);
	nl_u32(&nl, LF_A_INTERVAL, atoi(ms));
	return result(nl_talk(&nl, NULL, NULL));
}

static int simple(int cmd)
{
	nl_begin(&nl, cmd, 0);
	return result(nl_talk(&nl, NULL, NULL));
}

static int attach(bool stay)
{
	int status = simple(LF_CMD_ATTACH);

	if (status)
		return status;
	if (!stay)
		return simple(LF_CMD_DETACH);
	puts("attached");
	pause();
	return 0;
}

static int events(void)
{
	int err = nl_join(&nl, nl.group[1]);

	if (err)
		return result(err);
	puts("listening");
	for (;;)
		nl_receive(&nl, -1, on_event, NULL);
}

int main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "help";
	int err;

	setlinebuf(stdout);
	err = nl_open(&nl);
	if (err) {
		fprintf(stderr, "no family: %s\n", strerrorname_np(-err));
		return 2;
	}
	if (!strcmp(verb, "app") || !strcmp(verb, "snap"))
		return show(argc, argv);
	if (!strcmp(verb, "apps"))
		return dump(2, argv, LF_CMD_APP_GET, on_app);
	if (!strcmp(verb, "snaps"))
		return dump(argc, argv, LF_CMD_SNAPSHOT_GET, on_snapshot);
	if (!strcmp(verb, "flows"))
		return dump(argc, argv, LF_CMD_FLOW_GET, on_flow);
	if (!strcmp(verb, "load"))
		return load(argc, argv);
	if (!strcmp(verb, "attach"))
		return attach(true);
	if (!strcmp(verb, "attach-detach"))
		return attach(false);
	if (!strcmp(verb, "detach"))
		return simple(LF_CMD_DETACH);
	if (!strcmp(verb, "events"))
		return events();
	if (!strcmp(verb, "activate") && argc > 2)
		return result(nl_activate(&nl, id_of(argv[2]), argc > 3 ?
					  LF_FLAG_REPIN : 0));
	if (!strcmp(verb, "canary") && argc > 3)
		return canary(argv[2], argv[3]);
	if (!strcmp(verb, "rollback") && argc > 2)
		return rollback(argv[2], argc > 3);
	if (!strcmp(verb, "unload") && argc > 2)
		return unload(argc, argv);
	if (!strcmp(verb, "infer") && argc > 2)
		return infer(argv[2]);
	if (!strcmp(verb, "repin") && argc > 2)
		return repin(argc, argv);
	if (!strcmp(verb, "interval") && argc > 3)
		return interval(argv[2], argv[3]);
	fputs(usage, stderr);
	return 2;
}
