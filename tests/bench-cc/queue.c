// SPDX-License-Identifier: GPL-2.0
/*
 * lf-bench-queue DEV HANDLE PERIOD_US OUT: how full a queue is, until SIGTERM.
 *
 * Asks for one qdisc (HANDLE as tc writes it, such as 10:) by netlink every
 * PERIOD_US microseconds, 100 to 1000000, and writes to OUT when it ends, so
 * that writing disturbs nothing. A line is a sample:
 *   CLOCK_REALTIME us, backlog in bytes, bytes sent, packets dropped
 * tc itself takes 5 ms of an emulated CPU for each of its answers.
 */
#include <errno.h>
#include <inttypes.h>
#include <linux/gen_stats.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PROGRAM "lf-bench-queue"
#include "../bench-grid/program.h"

struct sample {
	int64_t time_us;
	uint32_t backlog;	/* bytes */
	uint32_t drops;		/* packets */
	uint64_t sent;		/* bytes */
};

struct query {
	struct nlmsghdr head;
	struct tcmsg tc;
};

/* tc attributes come unaligned as far as C knows. */
static const struct rtattr *find(const void *data, size_t bytes, int type)
{
	const struct rtattr *attr = data;

	for (; RTA_OK(attr, bytes); attr = RTA_NEXT(attr, bytes))
		if ((attr->rta_type & NLA_TYPE_MASK) == type)
			return attr;
	return NULL;
}

/* A structure out of an attribute; what an older kernel lacks is 0. */
static void copy(void *to, size_t size, const struct rtattr *attr)
{
	memset(to, 0, size);
	if (attr) {
		size_t have = RTA_PAYLOAD(attr);

		memcpy(to, RTA_DATA(attr), have < size ? have : size);
	}
}

static void decode(const struct nlmsghdr *head, struct sample *sample)
{
	const struct tcmsg *tc = NLMSG_DATA(head);
	const struct rtattr *stats;
	struct gnet_stats_queue queue;
	struct gnet_stats_basic basic;

	stats = find((const char *)tc + NLMSG_ALIGN(sizeof(*tc)),
		     NLMSG_PAYLOAD(head, sizeof(*tc)), TCA_STATS2);
	if (!stats)
		fail("the qdisc tells no statistics");
	copy(&queue, sizeof(queue),
	     find(RTA_DATA(stats), RTA_PAYLOAD(stats), TCA_STATS_QUEUE));
	copy(&basic, sizeof(basic),
	     find(RTA_DATA(stats), RTA_PAYLOAD(stats), TCA_STATS_BASIC));
	sample->backlog = queue.backlog;
	sample->drops = queue.drops;
	sample->sent = basic.bytes;
}

/* 6.1 answers only to who asks for an echo; 6.12 does so anyway. */
static void ask(int fd, int ifindex, uint32_t handle, struct sample *sample)
{
	static uint32_t seq;
	struct query query = {
		.head = {
			.nlmsg_len = sizeof(query),
			.nlmsg_type = RTM_GETQDISC,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_ECHO,
			.nlmsg_seq = ++seq,
		},
		.tc = {
			.tcm_family = AF_UNSPEC,
			.tcm_ifindex = ifindex,
			.tcm_handle = handle,
		},
	};
	char buffer[8192] __attribute__((aligned(NLMSG_ALIGNTO)));
	const struct nlmsghdr *head = (const struct nlmsghdr *)buffer;
	struct timespec now;

	if (send(fd, &query, sizeof(query), 0) < 0)
		fail("netlink: %s", strerror(errno));
	do {
		ssize_t bytes = recv(fd, buffer, sizeof(buffer), 0);

		if (bytes < 0)
			fail("netlink: %s", strerror(errno));
		if (!NLMSG_OK(head, (size_t)bytes))
			fail("netlink: half a message");
	} while (head->nlmsg_seq != seq);
	if (head->nlmsg_type == NLMSG_ERROR) {
		const struct nlmsgerr *error = NLMSG_DATA(head);

		fail("no such qdisc: %s", strerror(-error->error));
	}
	if (head->nlmsg_type != RTM_NEWQDISC)
		fail("netlink: message type %d", head->nlmsg_type);
	clock_gettime(CLOCK_REALTIME, &now);
	sample->time_us = now.tv_sec * 1000000LL + now.tv_nsec / 1000;
	decode(head, sample);
}

static void save(const char *path, const struct sample *samples, size_t count)
{
	FILE *file = fopen(path, "w");
	size_t i;

	if (!file)
		fail("%s: %s", path, strerror(errno));
	for (i = 0; i < count; i++)
		fprintf(file, "%" PRId64 " %" PRIu32 " %" PRIu64 " %" PRIu32 "\n",
			samples[i].time_us, samples[i].backlog,
			samples[i].sent, samples[i].drops);
	if (fclose(file))
		fail("%s: %s", path, strerror(errno));
}

static void watch(int fd, int ifindex, uint32_t handle, long period_us,
		  const char *path)
{
	struct sample *samples = NULL;
	size_t count = 0, room = 0;
	struct timespec next;

	clock_gettime(CLOCK_MONOTONIC, &next);
	while (!stopped) {
		if (count == room) {
			room = room ? 2 * room : 4096;
			samples = realloc(samples, room * sizeof(*samples));
			if (!samples)
				fail("no memory for %zu samples", room);
		}
		ask(fd, ifindex, handle, &samples[count++]);
		next.tv_nsec += period_us * 1000;
		if (next.tv_nsec >= 1000000000) {
			next.tv_nsec -= 1000000000;
			next.tv_sec++;
		}
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
	}
	save(path, samples, count);
	free(samples);
}

int main(int argc, char **argv)
{
	unsigned int ifindex;
	long period_us;
	uint32_t handle;
	char *end;
	int fd;

	if (argc != 5) {
		fprintf(stderr,
			"Usage: lf-bench-queue DEV HANDLE PERIOD_US OUT\n");
		return 2;
	}
	ifindex = if_nametoindex(argv[1]);
	if (!ifindex)
		fail("%s: no such device", argv[1]);
	handle = (uint32_t)strtoul(argv[2], &end, 16) << 16;
	if (!handle || strcmp(end, ":"))
		fail("%s: a handle such as 10: is needed", argv[2]);
	period_us = strtol(argv[3], &end, 10);
	if (*end || period_us < 100 || period_us > 1000000)
		fail("%s: 100 to 1000000 us is needed", argv[3]);
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (fd < 0)
		fail("netlink: %s", strerror(errno));
	stop_on_sigterm();
	watch(fd, (int)ifindex, handle, period_us, argv[4]);
	close(fd);
	return 0;
}
