// SPDX-License-Identifier: GPL-2.0
/*
 * Records of the app "devload" as a listener sees them.
 *   lf-devload N ID:KIND...    take N records of snapshot ID, 0 for nobody, that
 *                              could tell how it predicts: the "last" interval
 *                              again, or the "mean" of four; those that follow
 *                              may come as well
 */
#include "nl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "devload.h"

#define ONE		65536
#define SLACK		(ONE / 8)	/* what quantisation may cost */
#define APART		(2 * ONE)	/* where the kinds can be told apart */
#define MAX_RECORDS	100000
#define MAX_KINDS	8

static struct nl ear;
static struct devload_record records[MAX_RECORDS];
static size_t n_records;

static struct kind {
	uint64_t id, told;
	bool mean;
} kinds[MAX_KINDS];
static int n_kinds;
static uint64_t wrong, strange, unsound;

static int32_t mean_of(const struct devload_record *r)
{
	int64_t sum = 0;
	int i;

	for (i = 0; i < DEVLOAD_HISTORY; i++)
		sum += r->state[i];
	return sum / DEVLOAD_HISTORY;
}

static struct kind *find_kind(uint64_t id)
{
	int i;

	for (i = 0; i < n_kinds; i++) {
		if (kinds[i].id == id)
			return &kinds[i];
	}
	return NULL;
}

static void check(const struct devload_record *r)
{
	int32_t last = r->state[DEVLOAD_HISTORY - 1], mean = mean_of(r);
	struct kind *kind = find_kind(r->snapshot);

	if (!r->seq || !r->netns || !r->ifindex || r->truth < 0 ||
	    r->truth > 40 * ONE || (r->snapshot && !r->flow))
		unsound++;
	if (!kind) {
		strange++;
		return;
	}
	if (abs(r->predicted - (kind->mean ? mean : last)) >
	    (kind->id ? SLACK : 0))
		wrong++;
	kind->told += abs(last - mean) > APART;
}

static void hear(const struct nl_attrs *attrs, void *context)
{
	const struct nlattr *const *a = attrs->a;
	const struct devload_record *r = nl_data(a[LF_A_RECORDS]);
	size_t n = nl_len(a[LF_A_RECORDS]) / sizeof(*r), i;

	(void)context;
	if (attrs->cmd != LF_CMD_BATCH_NTF ||
	    strcmp(nl_get_string(a[LF_A_APP]), "devload"))
		return;
	for (i = 0; i < n && n_records < MAX_RECORDS; i++) {
		records[n_records++] = r[i];
		check(&r[i]);
	}
}

static int by_device(const void *a, const void *b)
{
	const struct devload_record *x = a, *y = b;

	if (x->netns != y->netns)
		return x->netns < y->netns ? -1 : 1;
	if (x->ifindex != y->ifindex)
		return x->ifindex < y->ifindex ? -1 : 1;
	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

static bool follows(const struct devload_record *r)
{
	const size_t kept = sizeof(r->state) - sizeof(r->state[0]);

	return !memcmp(r->state, r[-1].state + 1, kept) &&
	       r->state[DEVLOAD_HISTORY - 1] == r[-1].truth;
}

/* An interval's truth is the newest input of the next prediction. */
static void report_chain(void)
{
	size_t i, pairs = 0, broken = 0;

	qsort(records, n_records, sizeof(*records), by_device);
	for (i = 1; i < n_records; i++) {
		const struct devload_record *r = &records[i];

		if (r->netns != r[-1].netns || r->ifindex != r[-1].ifindex ||
		    r->seq != r[-1].seq + 1)
			continue;
		pairs++;
		broken += !follows(r);
	}
	report("each goes on from the one before", pairs && !broken,
	       "%zu of %zu don't", broken, pairs);
}

/* "ID:KIND"; an id that the script didn't find is none. */
static bool add_kind(const char *text)
{
	char *kind;

	if (n_kinds == MAX_KINDS)
		return false;
	kinds[n_kinds].id = strtoull(text, &kind, 10);
	kinds[n_kinds++].mean = !strcmp(kind, ":mean");
	return kind != text;
}

static void test_records(uint64_t n)
{
	double end = now_s() + PATIENCE_S;

	while (kinds[0].told < n && now_s() < end)
		nl_receive(&ear, 100, hear, NULL);
	report(kinds[0].id ? "the snapshot predicts" : "predictions fall back",
	       kinds[0].told >= n, "%lu of %zu records could tell, not %lu",
	       kinds[0].told, n_records, n);
	report("nobody unknown does", !strange, "%lu records", strange);
	report("each as its network says", !wrong, "%lu don't", wrong);
	report("every field is sound", !unsound, "%lu aren't", unsound);
	report_chain();
}

int main(int argc, char **argv)
{
	int i;

	if (argc < 3 || nl_open(&ear) || nl_join(&ear, ear.group[0]))
		return 2;
	for (i = 2; i < argc; i++) {
		if (!add_kind(argv[i]))
			return 2;
	}
	test_records(strtoull(argv[1], NULL, 10));
	return reports_failed != 0;
}
