// SPDX-License-Identifier: GPL-2.0
/*
 * Scenarios of lf-flows: loss, limits of rate and window, rest, marks.
 */
#include "connection.h"

#include <linux/inet_diag.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *loss(void)
{
	struct options o = both_ends;
	struct pair p;
	bool sound;

	o.mss = 1400;
	CHECK(!lo("netem loss 5%"), "tc");
	CHECK(open_pair(&p, &o), "no connection");
	sound = transfer(p.client, p.server, 4 * MEGABYTE);
	lo(NULL);
	CHECK(sound, "damaged data");
	CHECK(info_of(p.client).tcpi_total_retrans, "nothing was lost");
	close_pair(&p);
	return NULL;
}

static const char *pacing_limit(void)
{
	struct options o = both_ends;
	struct tcp_info info;
	double start, took;
	struct pair p;

	o.pace = 2 * MEGABYTE;
	CHECK(open_pair(&p, &o), "no connection");
	start = now_s();
	CHECK(transfer(p.client, p.server, 3 * MEGABYTE), "damaged data");
	took = now_s() - start;
	info = info_of(p.client);
	close_pair(&p);
	CHECK(info.tcpi_pacing_rate <= o.pace, "rate %llu",
	      info.tcpi_pacing_rate);
	CHECK(took > 1, "3 MB at 2 MB/s took %.2f s", took);
	return NULL;
}

static const char *window_clamp(void)
{
	struct tcp_info info;
	struct stream s;
	struct pair p;
	int i;

	CHECK(open_pair(&p, &both_ends), "no connection");
	begin_stream(&s, p.client, p.server, 1ULL << 40);
	for (i = 0; i < 100; i++) {
		info = info_of(p.client);
		if (info.tcpi_snd_cwnd < 2)
			break;
		usleep(5000);
	}
	CHECK(end_stream(&s, true), "damaged data");
	close_pair(&p);
	CHECK(i == 100, "a window of %u", info.tcpi_snd_cwnd);
	return NULL;
}

static const char *diagnosis(void)
{
	union tcp_cc_info info = {};
	socklen_t n = sizeof(info);
	struct stream s;
	struct pair p;
	bool decided;

	CHECK(open_pair(&p, &both_ends), "no connection");
	begin_stream(&s, p.client, p.server, 1ULL << 40);
	decided = wait_decisions(cc_app().inferences + 20);
	getsockopt(p.client, IPPROTO_TCP, TCP_CC_INFO, &info, &n);
	end_stream(&s, true);
	close_pair(&p);
	CHECK(decided, "no decision");
	CHECK(n == sizeof(info.bbr), "%u bytes", n);
	CHECK(info.bbr.bbr_bw_lo > 10000 && info.bbr.bbr_min_rtt > 0 &&
	      info.bbr.bbr_min_rtt < 1000000, "bandwidth %u, least RTT %u",
	      info.bbr.bbr_bw_lo, info.bbr.bbr_min_rtt);
	return NULL;
}

/* A rate of long ago is not trusted: it is halved for each timeout of rest. */
static const char *idle_restart(void)
{
	struct options o = both_ends;
	uint64_t before, after;
	uint32_t rest_us;
	struct stream s;
	struct pair p;

	o.pace = 0;
	CHECK(!lo("netem delay 15ms limit 100000"), "tc");
	CHECK(open_pair(&p, &o), "no connection");
	begin_stream(&s, p.client, p.server, 1ULL << 40);
	usleep(1500000);
	before = info_of(p.client).tcpi_pacing_rate;
	CHECK(end_stream(&s, true), "damaged data");
	/* Four timeouts at least, however slow the kernel. */
	rest_us = 4 * info_of(p.client).tcpi_rto;
	usleep(rest_us > 3000000 ? rest_us : 3000000);
	CHECK(send(p.client, "x", 1, 0) == 1, "send");
	after = info_of(p.client).tcpi_pacing_rate;
	lo(NULL);
	close_pair(&p);
	CHECK(after < before / 2 && after > 0, "rate %lu before, %lu after",
	      before, after);
	return NULL;
}

/* False if a connection that sends never comes up to it. */
static bool wait_rate(int fd, uint64_t rate)
{
	double end = now_s() + PATIENCE_S;

	while (info_of(fd).tcpi_pacing_rate < rate) {
		if (now_s() > end)
			return false;
		usleep(10000);
	}
	return true;
}

/* Marks instead of loss: the rate goes down all the same (RFC 3168). */
static const char *answer_marks(const char *qdisc)
{
	struct options o = both_ends;
	struct tcp_info info;
	char marking[128];
	uint64_t before;
	struct stream s;
	struct pair p;

	snprintf(marking, sizeof(marking), "%s loss 20%% ecn", qdisc);
	o.pace = 0;
	o.mss = 1400;
	CHECK(!lo(qdisc), "tc");
	CHECK(open_pair(&p, &o), "no connection");
	CHECK(info_of(p.client).tcpi_options & TCPI_OPT_ECN, "no ECN");
	begin_stream(&s, p.client, p.server, 1ULL << 40);
	CHECK(wait_rate(p.client, 2 * MEGABYTE), "it remains slow");
	usleep(1000000);
	before = info_of(p.client).tcpi_pacing_rate;
	lo(marking);
	usleep(2000000);
	info = info_of(p.client);
	lo(NULL);
	end_stream(&s, true);
	close_pair(&p);
	CHECK(info.tcpi_delivered_ce > 0, "nothing was marked");
	CHECK(info.tcpi_pacing_rate < before / 2, "rate %lu before, %llu after",
	      before, info.tcpi_pacing_rate);
	return NULL;
}

/* The machine is slower than the path: intervals are limited. */
static const char *marks_limited(void)
{
	return answer_marks("netem delay 5ms limit 100000");
}

static const char *marks_busy(void)
{
	return answer_marks("netem delay 5ms rate 80mbit limit 1000");
}

const struct scenario rate_scenarios[] = {
	{ "loss", "loss", .run = loss },
	{ "pacing", "SO_MAX_PACING_RATE is kept", .run = pacing_limit },
	{ "clamp", "the window is never below 2", .run = window_clamp },
	{ "info", "TCP_CC_INFO tells bandwidth and least RTT",
	  .run = diagnosis },
	{ "idle", "rest makes it start anew", .run = idle_restart },
	{ "marks", "ECN marks reduce the rate", .run = marks_busy },
	{ "markslimited", "ECN marks reduce a rate that is not used up",
	  .run = marks_limited },
	{ 0 }
};
