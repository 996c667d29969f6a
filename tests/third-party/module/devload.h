/* SPDX-License-Identifier: GPL-2.0 */
/*
 * App "devload": what its module and its adapter both know. Amounts are
 * lf_log2() of the bytes of an interval, Q16.16; 0: nothing was sent.
 */
#ifndef _DEVLOAD_H
#define _DEVLOAD_H

#include <linux/types.h>

#define DEVLOAD_HISTORY		4	/* intervals that are looked back on */
#define DEVLOAD_INTERVAL_MS	100
#define DEVLOAD_FLOW		32	/* intervals that a flow lasts */

/* A prediction, and what came of it. */
struct devload_record {
	__u64 flow;
	__u64 snapshot;		/* who predicted; 0: nobody, it fell back */
	__u64 seq;		/* from 1 since the device is up, no gaps */
	__u32 netns;		/* inode number of the device's namespace */
	__u32 ifindex;
	__s32 state[DEVLOAD_HISTORY];	/* the inputs, oldest first */
	__s32 predicted;
	__s32 truth;		/* the label */
};

#endif /* _DEVLOAD_H */
