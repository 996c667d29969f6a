/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Perfect knowledge: an application that knows how much it will send says so by
 * SO_PRIORITY and IP_TOS, with the bands that lf_sched has by default.
 */
#ifndef _LF_BENCH_BANDS_H
#define _LF_BENCH_BANDS_H

#include <linux/pkt_sched.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

static inline void band_set(int fd, uint64_t bytes)
{
	static const struct {
		uint64_t most;	/* bytes */
		int priority, dscp;
	} bands[] = {
		{ 10000, TC_PRIO_INTERACTIVE, 18 },
		{ 30000, TC_PRIO_BESTEFFORT, 0 },
		{ 100000, 8, 20 },
		{ 300000, 9, 22 },
		{ 1000000, 10, 10 },
		{ 3000000, 11, 12 },
		{ 10000000, TC_PRIO_BULK, 14 },
		{ UINT64_MAX, TC_PRIO_FILLER, 8 },
	};
	size_t band = 0;
	int tos;

	while (bytes > bands[band].most)
		band++;
	tos = bands[band].dscp << 2;
	setsockopt(fd, IPPROTO_IP, IP_TOS, &tos, sizeof(tos));
	setsockopt(fd, IPPROTO_IPV6, IPV6_TCLASS, &tos, sizeof(tos));
	/* After the TOS, which chooses a priority as well. */
	setsockopt(fd, SOL_SOCKET, SO_PRIORITY, &bands[band].priority,
		   sizeof(bands[band].priority));
}

#endif /* _LF_BENCH_BANDS_H */
