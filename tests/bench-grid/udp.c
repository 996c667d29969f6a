// SPDX-License-Identifier: GPL-2.0
/*
 * lf-bench-udp ADDRESS PORT RATE: RATE bit/s of IPv4 packets of 1,500 bytes, at
 * even intervals, until a signal ends it: traffic that heeds nothing. One that
 * is late is sent at once, so that the rate holds on average.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PACKET	1500	/* bytes with both headers */
#define PAYLOAD	1472

static int usage(void)
{
	fputs("Usage: lf-bench-udp ADDRESS PORT BITS_PER_SECOND\n", stderr);
	return 2;
}

int main(int argc, char **argv)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	static const char payload[PAYLOAD];
	struct timespec next;
	double gap_ns;
	int fd;

	if (argc != 4 || inet_pton(AF_INET, argv[1], &to.sin_addr) != 1)
		return usage();
	to.sin_port = htons((uint16_t)atoi(argv[2]));
	gap_ns = PACKET * 8e9 / atof(argv[3]);
	/* 1 kbit/s to 10 Gbit/s */
	if (!to.sin_port || !(gap_ns >= 1.2e3 && gap_ns <= 1.2e10))
		return usage();
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to))) {
		fprintf(stderr, "lf-bench-udp: %s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	/* The kernel would wake us up to 50 us late to save power. */
	prctl(PR_SET_TIMERSLACK, 1UL);
	clock_gettime(CLOCK_MONOTONIC, &next);
	for (;;) {
		double ns = (double)next.tv_nsec + gap_ns;

		/* A full queue is the path's to drop. */
		if (send(fd, payload, sizeof(payload), 0) < 0 && errno != ENOBUFS) {
			fprintf(stderr, "lf-bench-udp: %s: %s\n", argv[1],
				strerror(errno));
			close(fd);
			return 1;
		}
		next.tv_sec += (time_t)(ns / 1e9);
		next.tv_nsec = (long)ns % 1000000000;
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
	}
}
