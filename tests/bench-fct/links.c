// SPDX-License-Identifier: GPL-2.0
/*
 * lf-bench-links PERIOD_US OUT NAMESPACE/DEVICE...: what has left by devices of
 * several network namespaces (of `ip netns`), until SIGTERM.
 *
 * Asks each by netlink every PERIOD_US microseconds, 1000 to 10000000, and writes
 * to OUT when it ends, so that writing disturbs nothing. The first line is "#"
 * and the names; each other one a sample: CLOCK_REALTIME us, bytes that have left
 * by each. /sys would need a mount for each namespace, and /proc/net/dev tells of
 * all devices.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PROGRAM "lf-bench-links"
#include "../bench-grid/program.h"

struct link {
	int fd;			/* netlink, of its namespace */
	int ifindex;
};

struct query {
	struct nlmsghdr head;
	struct if_stats_msg stats;
};

static void enter(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || setns(fd, CLONE_NEWNET))
		fail("namespace %s: %s", path, strerror(errno));
	close(fd);
}

/* A socket stays in the namespace that it was made in. */
static void find(struct link *link, const char *name)
{
	const char *device = strchr(name, '/');
	char path[256];

	if (!device)
		fail("%s: NAMESPACE/DEVICE is needed", name);
	snprintf(path, sizeof(path), "/run/netns/%.*s", (int)(device - name),
		 name);
	enter(path);
	link->ifindex = (int)if_nametoindex(device + 1);
	if (!link->ifindex)
		fail("%s: no such device", name);
	link->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (link->fd < 0)
		fail("netlink: %s", strerror(errno));
}

static uint64_t sent(const struct link *link)
{
	static uint32_t seq;
	struct query query = {
		.head = {
			.nlmsg_len = sizeof(query),
			.nlmsg_type = RTM_GETSTATS,
			.nlmsg_flags = NLM_F_REQUEST,
			.nlmsg_seq = ++seq,
		},
		.stats = {
			.ifindex = (uint32_t)link->ifindex,
			.filter_mask =
				IFLA_STATS_FILTER_BIT(IFLA_STATS_LINK_64),
		},
	};
	char buffer[4096] __attribute__((aligned(NLMSG_ALIGNTO)));
	const struct nlmsghdr *head = (const struct nlmsghdr *)buffer;
	const struct rtattr *attr;
	struct rtnl_link_stats64 stats;
	ssize_t bytes;

	if (send(link->fd, &query, sizeof(query), 0) < 0)
		fail("netlink: %s", strerror(errno));
	do {
		bytes = recv(link->fd, buffer, sizeof(buffer), 0);
		if (bytes < 0)
			fail("netlink: %s", strerror(errno));
		if (!NLMSG_OK(head, (size_t)bytes))
			fail("netlink: half a message");
	} while (head->nlmsg_seq != seq);
	attr = (const struct rtattr *)((const char *)NLMSG_DATA(head) +
				       NLMSG_ALIGN(sizeof(struct if_stats_msg)));
	if (head->nlmsg_type != RTM_NEWSTATS ||
	    !RTA_OK(attr, NLMSG_PAYLOAD(head, sizeof(struct if_stats_msg))) ||
	    RTA_PAYLOAD(attr) < sizeof(stats))
		fail("netlink: no figures of a device, but message type %d",
		     head->nlmsg_type);
	memcpy(&stats, RTA_DATA(attr), sizeof(stats));
	return stats.tx_bytes;
}

static uint64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* The samples one after the other: the time, and the bytes of each link. */
static uint64_t *watch(const struct link *links, size_t n, long period_us,
		       size_t *count)
{
	size_t width = n + 1, room = 0, i;
	uint64_t *samples = NULL;
	struct timespec next;

	*count = 0;
	clock_gettime(CLOCK_MONOTONIC, &next);
	while (!stopped) {
		uint64_t *sample;

		if (*count == room) {
			room = room ? 2 * room : 1024;
			samples = realloc(samples,
					  room * width * sizeof(*samples));
			if (!samples)
				fail("no memory for %zu samples", room);
		}
		sample = samples + (*count)++ * width;
		sample[0] = now_us();
		for (i = 0; i < n; i++)
			sample[i + 1] = sent(&links[i]);
		next.tv_sec += period_us / 1000000;
		next.tv_nsec += period_us % 1000000 * 1000;
		if (next.tv_nsec >= 1000000000) {
			next.tv_nsec -= 1000000000;
			next.tv_sec++;
		}
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
	}
	return samples;
}

static void save(const char *path, char **names, size_t n,
		 const uint64_t *samples, size_t count)
{
	FILE *file = fopen(path, "w");
	size_t i, j;

	if (!file)
		fail("%s: %s", path, strerror(errno));
	fputc('#', file);
	for (i = 0; i < n; i++)
		fprintf(file, " %s", names[i]);
	for (i = 0; i < count; i++) {
		fprintf(file, "\n%" PRIu64, *samples++);
		for (j = 0; j < n; j++)
			fprintf(file, " %" PRIu64, *samples++);
	}
	fputc('\n', file);
	if (fclose(file))
		fail("%s: %s", path, strerror(errno));
}

int main(int argc, char **argv)
{
	struct link *links;
	uint64_t *samples;
	size_t n, i, count;
	long period_us;
	char *end;

	if (argc < 4) {
		fprintf(stderr,
			"Usage: lf-bench-links PERIOD_US OUT NAMESPACE/DEVICE...\n");
		return 2;
	}
	period_us = strtol(argv[1], &end, 10);
	if (*end || period_us < 1000 || period_us > 10000000)
		fail("%s: 1000 to 10000000 us is needed", argv[1]);
	n = (size_t)argc - 3;
	links = calloc(n, sizeof(*links));
	if (!links)
		fail("no memory");
	for (i = 0; i < n; i++)
		find(&links[i], argv[3 + i]);
	stop_on_sigterm();
	samples = watch(links, n, period_us, &count);
	save(argv[2], argv + 3, n, samples, count);
	free(samples);
	free(links);
	return 0;
}
