// SPDX-License-Identifier: GPL-2.0
/*
 * Thousands of activations while flows run: lf-storm ACTIVATIONS.
 * Needs load_all's modules, flows of the app "cc" and the hammer of the app
 * "test". For each of both apps it swaps between its two modules and a number
 * of parameter sets, which it also unloads and loads anew, re-pins, rolls back
 * and lists flows; a thread reads the records of "cc" and knows which snapshot
 * answers what.
 */
#include "nl.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SETS		8		/* parameter sets of one app */
#define IDS		65536
#define ACTIVATIONS	100000

struct subject {
	const char *app;
	uint32_t n_out;
	uint64_t module[2];
	uint64_t set[SETS];
	uint32_t value;		/* of the last set that was loaded */
	uint32_t names;
};

static struct nl nl, ear;
static _Atomic int32_t value_of[IDS];	/* of cc's snapshots; 0: not known */
static atomic_bool done;
static _Atomic uint64_t records;
static uint64_t wrong, unknown;
#define GRACE_US	10000	/* a grace period takes longer under load */

static float took[ACTIVATIONS];
static size_t n_took;
static uint64_t refused, deferred, flows_wrong, lists;
static char first[256];

static void complain(const char *what, int err)
{
	if (!refused++)
		snprintf(first, sizeof(first), "%s: %s: %.100s", what,
			 strerrorname_np(-err), nl.text);
}

/* --- records --------------------------------------------------------------- */

static void check_records(const struct nl_attrs *attrs, void *context)
{
	const struct lf_cc_record *r = nl_data(attrs->a[LF_A_RECORDS]);
	size_t bytes = nl_len(attrs->a[LF_A_RECORDS]);

	(void)context;
	if (strcmp(nl_get_string(attrs->a[LF_A_APP]), "cc"))
		return;
	for (; bytes >= sizeof(*r); bytes -= sizeof(*r), r++) {
		int32_t value = value_of[r->snapshot % IDS];

		if (!r->snapshot)
			continue;
		records++;
		if (!value)
			unknown++;
		else if (r->mean != value)
			wrong++;
	}
}

static void *listen_records(void *context)
{
	while (!done)
		nl_receive(&ear, 100, check_records, context);
	return NULL;
}

/* --- snapshots ------------------------------------------------------------- */

static void load_set(struct subject *s, int i)
{
	static _Alignas(8) char set[65536];
	char name[64];
	size_t bytes;
	int err;

	/* Small: what cc does to its rate hardly changes. */
	s->value = s->value % 20000 + 1;
	bytes = params_constant(set, s->n_out, 10 + s->value, 0);
	snprintf(name, sizeof(name), "%s-storm-%d-%u", s->app, getpid(),
		 s->names++);
	err = nl_load(&nl, s->module[i & 1], name, set, bytes, &s->set[i]);
	if (err) {
		complain("load", err);
		s->set[i] = 0;
		return;
	}
	if (s->n_out == 1)
		value_of[s->set[i] % IDS] = 10 + s->value;
}

/* One that flows still use is left for later. */
static void renew_set(struct subject *s, int i, uint32_t flags)
{
	int err = s->set[i] ? nl_unload(&nl, s->set[i], NULL, flags) : 0;

	if (err == -EBUSY)
		deferred++;
	else if (err)
		complain("unload", err);
	if (!err)
		load_set(s, i);
}

static void find_modules(struct subject *s)
{
	struct nl_snapshot snap;
	char name[64];
	int i;

	for (i = 0; i < 2; i++) {
		snprintf(name, sizeof(name), "lf_%s_%c", s->app, 'a' + i);
		if (!nl_find_snapshot(&nl, name, &snap)) {
			printf("# no snapshot %s\n", name);
			exit(2);
		}
		s->module[i] = snap.id;
		if (s->n_out == 1)
			value_of[snap.id % IDS] = 1 + i;
	}
	for (i = 0; i < SETS; i++)
		load_set(s, i);
}

static void activate(uint64_t id, uint32_t flags)
{
	double start = now_s();
	int err = nl_activate(&nl, id, flags);

	/* Moving flows is not part of the time. */
	if (!flags && n_took < ACTIVATIONS)
		took[n_took++] = (now_s() - start) * 1e6;
	if (err)
		complain("activate", err);
}

static void check_flow(const struct nl_attrs *attrs, void *context)
{
	uint64_t id = nl_get_u64(attrs->a[LF_A_SNAPSHOT]);
	uint32_t *n = context;

	(*n)++;
	if (!strcmp(nl_get_string(attrs->a[LF_A_APP]), "cc") && id &&
	    !value_of[id % IDS])
		flows_wrong++;
}

/* As many as the app counts, and each with a snapshot that there is. */
static void list_flows(const struct subject *s)
{
	struct nl_app before = {}, after = {};
	uint32_t n = 0;

	nl_find_app(&nl, s->app, &before);
	nl_begin(&nl, LF_CMD_FLOW_GET, NLM_F_DUMP);
	nl_string(&nl, LF_A_APP, s->app);
	if (nl_talk(&nl, check_flow, &n))
		flows_wrong++;
	nl_find_app(&nl, s->app, &after);
	/* The hammer starts and ends flows meanwhile. */
	if (s->n_out == 1 && before.flows == after.flows && n != after.flows)
		flows_wrong++;
	lists++;
}

static void repin(const struct subject *s)
{
	int err;

	nl_begin(&nl, LF_CMD_FLOW_REPIN, 0);
	nl_string(&nl, LF_A_APP, s->app);
	err = nl_talk(&nl, NULL, NULL);
	if (err)
		complain("repin", err);
}

static void rollback(const struct subject *s)
{
	int err;

	nl_begin(&nl, LF_CMD_SNAPSHOT_ROLLBACK, 0);
	nl_string(&nl, LF_A_APP, s->app);
	err = nl_talk(&nl, NULL, NULL);
	if (err && err != -ENOENT)
		complain("rollback", err);
}

static void swap(struct subject *s, int i)
{
	int which = i % (SETS + 2);

	if (which < SETS && !s->set[which])
		load_set(s, which);
	activate(which < SETS ? s->set[which] : s->module[which - SETS],
		 i % 16 ? 0 : LF_FLAG_REPIN);
	/* One that was active a while ago; its flows have ended or moved. */
	if (i % 3 == 0)
		renew_set(s, (which + 3) % SETS, 0);
	if (i % 50 == 0)
		repin(s);
	if (i % 70 == 0)
		rollback(s);
	if (i % 40 == 0)
		list_flows(s);
}

static void remove_sets(struct subject *s)
{
	int i;

	activate(s->module[0], LF_FLAG_REPIN);
	activate(s->module[1], LF_FLAG_REPIN);
	activate(s->module[0], LF_FLAG_REPIN);
	for (i = 0; i < SETS; i++) {
		double end = now_s() + PATIENCE_S;
		int err;

		/* The last users go after a grace period. */
		do {
			err = nl_unload(&nl, s->set[i], NULL, 0);
			if (err == -EBUSY)
				usleep(10000);
		} while (err == -EBUSY && now_s() < end);
		if (err)
			complain("last unload", err);
	}
}

static int by_size(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return x < y ? -1 : x > y;
}

static void count_sets(const struct nl_attrs *attrs, void *context)
{
	if (strstr(nl_get_string(attrs->a[LF_A_NAME]), "-storm-"))
		(*(uint32_t *)context)++;
}

static void tell(int n, struct nl_app *before, struct nl_app *after)
{
	double sum = 0;
	uint32_t left = 0;
	size_t i;

	for (i = 0; i < n_took; i++)
		sum += took[i];
	qsort(took, n_took, sizeof(*took), by_size);
	printf("# activation, us: mean %.0f, median %.0f, 99 %% %.0f, longest %.0f\n",
	       sum / n_took, took[n_took / 2], took[n_took * 99 / 100],
	       took[n_took - 1]);
	printf("# %lu records, %lu lists of flows, %lu unloads put off\n",
	       records, lists, deferred);
	report("every request was served", !refused, "%lu of %d and more were not: %s",
	       refused, n, first);
	report("activation does not wait for a grace period",
	       took[n_took / 2] < GRACE_US / 5 &&
	       took[n_took * 9 / 10] < GRACE_US / 2,
	       "median %.0f us, 90 %% %.0f us", took[n_took / 2],
	       took[n_took * 9 / 10]);
	report("every record has the answer of its snapshot",
	       records > 100 && !wrong && !unknown,
	       "%lu records, %lu wrong, %lu of nobody", records, wrong, unknown);
	report("flows ran meanwhile", after[0].inferences > before[0].inferences
	       && after[1].inferences > before[1].inferences, "they did not");
	report("no decision failed", after[0].failed == before[0].failed &&
	       after[1].failed == before[1].failed, "%lu and %lu did",
	       after[0].failed - before[0].failed,
	       after[1].failed - before[1].failed);
	report("the list of flows was right", !flows_wrong, "%lu times not",
	       flows_wrong);
	nl_begin(&nl, LF_CMD_SNAPSHOT_GET, NLM_F_DUMP);
	nl_talk(&nl, count_sets, &left);
	report("every drained set has gone", !left, "%u are left", left);
}

int main(int argc, char **argv)
{
	struct subject cc = { .app = "cc", .n_out = 1 };
	struct subject test = { .app = "test", .n_out = 8 };
	struct nl_app before[2] = {}, after[2] = {};
	int n = argc > 1 ? atoi(argv[1]) : 1000;
	int big = 8 << 20, i;
	pthread_t thread;
	double end;

	if (nl_open(&nl) || nl_open(&ear))
		return 2;
	find_modules(&cc);
	find_modules(&test);
	setsockopt(ear.fd, SOL_SOCKET, SO_RCVBUFFORCE, &big, sizeof(big));
	nl_join(&ear, ear.group[0]);
	pthread_create(&thread, NULL, listen_records, NULL);
	nl_find_app(&nl, "cc", &before[0]);
	nl_find_app(&nl, "test", &before[1]);
	/* Go on until enough records have come to be checked. */
	end = now_s() + 60;
	for (i = 0; i < n || (records < 500 && now_s() < end); i++) {
		swap(i & 1 ? &test : &cc, i / 2);
		if (i >= n)
			usleep(5000);
	}
	nl_find_app(&nl, "cc", &after[0]);
	nl_find_app(&nl, "test", &after[1]);
	remove_sets(&cc);
	remove_sets(&test);
	usleep(500000);
	done = true;
	pthread_join(thread, NULL);
	tell(n, before, after);
	return reports_failed != 0;
}
