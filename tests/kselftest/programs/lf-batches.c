// SPDX-License-Identifier: GPL-2.0
/*
 * Batches as a listener sees them.
 *   lf-batches counts               records of the app "test", emitted at will
 *   lf-batches times                when they come; in virtual time
 *   lf-batches records SECS KIND    records of the app "cc"; KIND is what the
 *                                   traffic is: busy, limited or marked (CE)
 */
#include "nl.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_CPUS	64
#define SLACK_S		0.5	/* an emulated machine that shares its CPUs */
#define TICK_S		0.02	/* a few ticks of the kernel's timer */

struct test_record {
	uint64_t count;
	uint64_t cpu;
};

static struct nl nl, ear, second;

/* What came from each CPU. */
struct heard {
	uint64_t seq[MAX_CPUS];		/* of the next batch */
	uint64_t dropped[MAX_CPUS];
	uint64_t last[MAX_CPUS];	/* count of the last record, + 1 */
	bool known[MAX_CPUS];
	uint64_t batches, records, gaps, disorder, strangers;
};

static void emit(int n)
{
	char text[16];
	int fd = open("/sys/module/lf_testapp/parameters/emit", O_WRONLY);
	int bytes = snprintf(text, sizeof(text), "%d", n);

	if (fd < 0 || write(fd, text, bytes) != bytes)
		printf("# emit: %s\n", strerror(errno));
	close(fd);
}

static void on_cpu(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		printf("# CPU %d: %s\n", cpu, strerror(errno));
}

static struct nl_app test_app(void)
{
	struct nl_app app = {};

	nl_find_app(&nl, "test", &app);
	return app;
}

static void set_interval(uint32_t ms)
{
	nl_begin(&nl, LF_CMD_APP_SET, 0);
	nl_string(&nl, LF_A_APP, "test");
	nl_u32(&nl, LF_A_INTERVAL, ms);
	nl_talk(&nl, NULL, NULL);
}

static void hear(const struct nl_attrs *attrs, void *context)
{
	const struct nlattr *const *a = attrs->a;
	uint32_t cpu = nl_get_u32(a[LF_A_CPU]) % MAX_CPUS;
	const struct test_record *r = nl_data(a[LF_A_RECORDS]);
	size_t n = nl_len(a[LF_A_RECORDS]) / sizeof(*r), i;
	struct heard *h = context;

	if (attrs->cmd != LF_CMD_BATCH_NTF ||
	    strcmp(nl_get_string(a[LF_A_APP]), "test"))
		return;
	if (h->known[cpu])
		h->gaps += nl_get_u64(a[LF_A_SEQ]) - h->seq[cpu];
	h->seq[cpu] = nl_get_u64(a[LF_A_SEQ]) + 1;
	h->dropped[cpu] = nl_get_u64(a[LF_A_DROPPED]);
	h->known[cpu] = true;
	h->batches++;
	h->records += n;
	for (i = 0; i < n; i++) {
		h->strangers += r[i].cpu != cpu;
		h->disorder += r[i].count < h->last[cpu];
		h->last[cpu] = r[i].count + 1;
	}
}

/* Take what comes within s. */
static void listen_for(struct nl *from, struct heard *h, double s)
{
	double end = now_s() + s;

	while (now_s() < end)
		nl_receive(from, 10, hear, h);
}

static bool hears(struct nl *from, struct heard *h, uint64_t records, double s)
{
	double end = now_s() + s;

	while (h->records < records && now_s() < end)
		nl_receive(from, 10, hear, h);
	return h->records >= records;
}

/* The kernel looks every T whether anybody listens. */
static bool wait_wanted(bool wanted)
{
	double end = now_s() + PATIENCE_S;

	while (now_s() < end) {
		uint64_t before = test_app().reported;

		emit(1);
		if ((test_app().reported > before) == wanted)
			return true;
		usleep(20000);
	}
	return false;
}

static void test_nobody(void)
{
	report("nobody listens: nothing is gathered", wait_wanted(false),
	       "records are gathered");
}

static void test_first(void)
{
	struct heard h = {};

	nl_join(&ear, ear.group[0]);
	report("somebody does: records are gathered", wait_wanted(true),
	       "they are not");
	listen_for(&ear, &h, 1);
	h = (struct heard){};
	emit(10);
	report("what is handed over arrives", hears(&ear, &h, 10, PATIENCE_S),
	       "%lu of 10", h.records);
	report("in order", !h.disorder && !h.strangers, "%lu out of order",
	       h.disorder);
}

static void test_flood(void)
{
	struct heard h = {};
	struct nl_app before, after;
	uint64_t dropped, sum = 0;
	double end;
	int i;

	listen_for(&ear, &h, 0.5);
	h = (struct heard){};
	before = test_app();
	for (i = 0; i < 20; i++) {
		emit(5000);
		listen_for(&ear, &h, 0.02);
	}
	listen_for(&ear, &h, 1 + SLACK_S);
	/* What was dropped is told with the next batch. */
	emit(1);
	end = now_s() + PATIENCE_S;
	do {
		listen_for(&ear, &h, 1);
		after = test_app();
		dropped = after.dropped - before.dropped;
	} while (h.records + dropped < 100001 && now_s() < end);
	report("a flood is dropped in part", dropped > 0 &&
	       after.reported - before.reported == 100001, "%lu dropped of %lu",
	       dropped, after.reported - before.reported);
	report("received and dropped are what was handed over",
	       h.records + dropped == 100001, "%lu + %lu", h.records, dropped);
	report("no batch is missing", !h.gaps, "%lu are", h.gaps);
	report("no record is out of order", !h.disorder, "%lu are", h.disorder);
	for (i = 0; i < MAX_CPUS; i++)
		sum += h.dropped[i];
	report("batches tell of what was dropped", sum >= dropped,
	       "%lu, not %lu", sum, dropped);
}

static void test_cpus(void)
{
	struct heard h = {};

	on_cpu(0);
	emit(100);
	on_cpu(1);
	emit(100);
	hears(&ear, &h, 200, PATIENCE_S);
	report("each CPU has batches of its own",
	       h.records == 200 && h.known[0] && h.known[1] && !h.strangers,
	       "%lu records, %lu of another CPU", h.records, h.strangers);
	on_cpu(0);
}

/* A record every 5 ms for 2 s: a batch every T. */
static uint64_t batches_of(uint32_t ms)
{
	struct heard h = {};
	double end;

	set_interval(ms);
	listen_for(&ear, &h, 0.5);
	h = (struct heard){};
	end = now_s() + 2;
	while (now_s() < end) {
		emit(1);
		listen_for(&ear, &h, 0.005);
	}
	return h.batches;
}

/* Virtual time: nothing else delays a batch. */
static void test_times(void)
{
	struct heard h = {};
	double start;
	uint64_t n;

	nl_open(&ear);
	nl_join(&ear, ear.group[0]);
	wait_wanted(true);
	listen_for(&ear, &h, 1);
	h = (struct heard){};
	start = now_s();
	emit(10);
	report("what is handed over arrives within T",
	       hears(&ear, &h, 10, 5) && now_s() - start < 0.2 + TICK_S,
	       "%lu of 10 after %.3f s", h.records, now_s() - start);
	n = batches_of(50);
	report("T = 50 ms: about 40 batches in 2 s", n >= 30 && n <= 42, "%lu",
	       n);
	n = batches_of(1000);
	report("T = 1000 ms: about 2", n >= 1 && n <= 3, "%lu", n);
	set_interval(200);
}

static void test_sleeper(void)
{
	struct heard awake = {}, asleep = {};
	int small = 1, i, err = 0;

	setsockopt(second.fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	nl_join(&second, second.group[0]);
	set_interval(50);
	wait_wanted(true);
	listen_for(&second, &asleep, 0.3);
	listen_for(&ear, &awake, 0.3);
	awake = (struct heard){};
	for (i = 0; i < 100; i++) {
		emit(20);
		listen_for(&ear, &awake, 0.02);
	}
	hears(&ear, &awake, 2000, 3);
	while (err != -EAGAIN) {
		err = nl_receive(&second, 300, hear, &asleep);
		if (err == -ENOBUFS)
			asleep.strangers++;
	}
	emit(20);
	hears(&second, &asleep, asleep.records + 20, 3);
	report("a listener that sleeps is told that it lost batches",
	       asleep.strangers > 0, "it was not");
	report("and sees how many by their numbers", asleep.gaps > 0,
	       "it does not: %lu batches", asleep.batches);
	report("one that is awake loses none",
	       awake.records == 2000 && !awake.gaps, "%lu records, %lu gaps",
	       awake.records, awake.gaps);
	set_interval(200);
}

static void test_counts(void)
{
	nl_open(&ear);
	nl_open(&second);
	on_cpu(0);
	test_nobody();
	test_first();
	test_flood();
	test_cpus();
	test_sleeper();
	nl_close(&ear);
	nl_close(&second);
	report("all have gone: nothing is gathered any more",
	       wait_wanted(false), "records are still gathered");
}

/* --- congestion control ---------------------------------------------------- */

#define RECORDS		200000
#define EDGE_NS		700000000	/* other CPUs' batches come later */
#define ONE		65536

static struct {
	uint64_t n, limited, start, decided, marked, clamped;
	uint64_t bad;
	char first[256];
	uint32_t netns[16];
	int n_netns;
} seen;

/* For what spans batches: a flow's records come from more than one CPU. */
static struct place {
	uint64_t flow, time_ns;
	uint32_t seq;
} places[RECORDS];

static void bad(const char *what, int64_t value)
{
	if (!seen.bad++)
		snprintf(seen.first, sizeof(seen.first), "%s: %ld", what,
			 value);
}

static void check_state(const int32_t *state)
{
	int i;

	for (i = 0; i < 30; i += 3) {
		if (state[i] < -ONE || state[i] > 10 * ONE)
			bad("inflation", state[i]);
		if (state[i + 1] < ONE || state[i + 1] > 10000 * ONE)
			bad("latency ratio", state[i + 1]);
		if (state[i + 2] < 0 || state[i + 2] > 1000 * ONE)
			bad("send ratio", state[i + 2]);
	}
}

static int by_place(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->flow != y->flow)
		return x->flow < y->flow ? -1 : 1;
	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

/* How many records of flows are missing, but at either end. */
static uint64_t count_gaps(void)
{
	size_t n = seen.n < RECORDS ? seen.n : RECORDS, i;
	uint64_t first = UINT64_MAX, last = 0, gaps = 0;

	qsort(places, n, sizeof(*places), by_place);
	for (i = 0; i < n; i++) {
		first = places[i].time_ns < first ? places[i].time_ns : first;
		last = places[i].time_ns > last ? places[i].time_ns : last;
	}
	for (i = 1; i < n; i++) {
		const struct place *p = &places[i];

		if (p->flow != p[-1].flow)
			continue;
		if (p->time_ns <= p[-1].time_ns)
			bad("time goes back", p->time_ns);
		if (p->time_ns > first + EDGE_NS && p->time_ns < last - EDGE_NS)
			gaps += p->seq - p[-1].seq - 1;
	}
	return gaps;
}

static void check_record(const struct lf_cc_record *r)
{
	bool acted = !(r->flags & (LF_CC_FLAG_LIMITED | LF_CC_FLAG_START));
	uint64_t rate = (uint64_t)r->delivered * r->mss * 1000000 /
			(r->duration_us ? r->duration_us : 1);

	if (seen.n < RECORDS)
		places[seen.n] = (struct place){ r->flow, r->time_ns, r->seq };
	seen.n++;
	seen.limited += !!(r->flags & LF_CC_FLAG_LIMITED);
	seen.start += !!(r->flags & LF_CC_FLAG_START);
	seen.marked += r->ce > 0;
	seen.clamped += !!(r->flags & LF_CC_FLAG_CLAMPED);
	seen.decided += acted;
	if (!r->flow)
		bad("flow", r->flow);
	if (r->flags > 63)
		bad("flags", r->flags);
	if (!r->duration_us || r->duration_us > 60000000)
		bad("duration_us", r->duration_us);
	if (r->mss < 500 || r->mss > 65535)
		bad("mss", r->mss);
	if (r->delivered_rate != rate)
		bad("delivered_rate", r->delivered_rate);
	if (acted && r->rtt_us && r->rtt_us < r->base_rtt_us)
		bad("rtt_us below the least", r->rtt_us);
	if (r->rtt_us > 10000000)
		bad("rtt_us", r->rtt_us);
	if (r->sent > 1000000 || r->delivered > 1000000 || r->lost > 1000000)
		bad("segments", r->sent);
	if (r->ce > r->delivered)
		bad("ce", r->ce);
	if (abs(r->mean) > 32 * ONE || abs(r->action) > 32 * ONE)
		bad("action", r->action);
	if (!r->sigma && r->mean != r->action)
		bad("noise without sigma", r->action);
	if (acted && !r->snapshot)
		bad("a decision of nobody", r->snapshot);
	if (r->rate < 1000 || r->rate > 1ULL << 40)
		bad("rate", r->rate);
	check_state(r->state);
}

static void see_netns(uint32_t netns)
{
	int i;

	for (i = 0; i < seen.n_netns; i++) {
		if (seen.netns[i] == netns)
			return;
	}
	if (i < 16)
		seen.netns[seen.n_netns++] = netns;
}

static void see(const struct nl_attrs *attrs, void *context)
{
	const struct nlattr *const *a = attrs->a;
	const struct lf_cc_record *r = nl_data(a[LF_A_RECORDS]);
	size_t bytes = nl_len(a[LF_A_RECORDS]);

	(void)context;
	if (strcmp(nl_get_string(a[LF_A_APP]), "cc"))
		return;
	if (nl_get_u32(a[LF_A_RECORD_LEN]) != sizeof(*r) || bytes % sizeof(*r))
		bad("record_len", nl_get_u32(a[LF_A_RECORD_LEN]));
	for (; bytes >= sizeof(*r); bytes -= sizeof(*r), r++) {
		check_record(r);
		see_netns(r->netns);
	}
}

static bool inode_seen(const char *path)
{
	struct stat st;
	int i;

	if (stat(path, &st))
		return false;
	for (i = 0; i < seen.n_netns; i++) {
		if (seen.netns[i] == st.st_ino)
			return true;
	}
	return false;
}

static void test_records(double s, const char *kind)
{
	double end = now_s() + s;
	uint64_t gaps;

	nl_open(&ear);
	nl_join(&ear, ear.group[0]);
	while (now_s() < end)
		nl_receive(&ear, 100, see, NULL);
	gaps = count_gaps();
	printf("# %s: %lu records: %lu decisions, %lu limited, %lu start, %lu marked, %lu clamped\n",
	       kind, seen.n, seen.decided, seen.limited, seen.start,
	       seen.marked, seen.clamped);
	report("records arrive", seen.n > 10, "%lu", seen.n);
	report("every field is sound", !seen.bad, "%lu are not: %s", seen.bad,
	       seen.first);
	report("none is missing", !gaps, "%lu are", gaps);
	report("they carry their namespace", inode_seen("/run/netns/t-c"),
	       "not that of t-c");
	if (!strcmp(kind, "limited"))
		report("intervals of an idle application are marked",
		       seen.limited * 10 > seen.n * 7, "%lu of %lu",
		       seen.limited, seen.n);
	else
		report("intervals of a busy one are not",
		       seen.limited * 10 < seen.n * 3, "%lu of %lu",
		       seen.limited, seen.n);
	if (!strcmp(kind, "marked"))
		report("CE marks are counted", seen.marked > 0, "none");
}

int main(int argc, char **argv)
{
	if (nl_open(&nl))
		return 2;
	if (argc > 1 && !strcmp(argv[1], "counts"))
		test_counts();
	else if (argc > 1 && !strcmp(argv[1], "times"))
		test_times();
	else if (argc > 3 && !strcmp(argv[1], "records"))
		test_records(atof(argv[2]), argv[3]);
	else
		return 2;
	return reports_failed != 0;
}
