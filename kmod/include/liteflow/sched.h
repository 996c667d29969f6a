/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Flow scheduling's view of a flow: what its size is predicted from, before it
 * is known (after Dukic et al., "Is advance knowledge of flow sizes a plausible
 * assumption?", NSDI 2019). Kernel, trainer and tests use this one definition.
 *
 * A flow is what a connection sends from the first data after connect, or after
 * the connection was idle, to the next idle gap or close. The answer is the
 * log2 of its bytes. It is asked about at its first packet, or at its second, if
 * the first was not full.
 */
#ifndef _LITEFLOW_SCHED_H
#define _LITEFLOW_SCHED_H

#include <liteflow/log2.h>

#define LF_SCHED_HISTORY	5	/* flows of a pair that are remembered */

/*
 * The inputs, Q16.16. A pair is a peer's address, the port of the service on
 * whichever side it is, and which side that is. Sizes and times are lf_log2()
 * of bytes and microseconds; 0 stands for "none yet".
 */
enum lf_sched_input {
	LF_SCHED_QUEUED,	/* bytes that waited when it was first asked about */
	LF_SCHED_SENT,		/* bytes that the flow has sent before */
	LF_SCHED_RECEIVED,	/* bytes received since the flow before began */
	LF_SCHED_GAP,		/* us since a flow of the pair began */
	LF_SCHED_SIZES,		/* of the pair's last flows, latest first */
	LF_SCHED_MEAN = LF_SCHED_SIZES + LF_SCHED_HISTORY, /* of those known */
	LF_SCHED_CGROUP,	/* the same of the flows of the cgroup */
	LF_SCHED_FIRST,		/* 1: the connection's first flow */
	LF_SCHED_PASSIVE,	/* 1: the peer opened the connection */
	LF_SCHED_WELL_KNOWN,	/* 1: the service's port is below 1024 */
	LF_SCHED_EPHEMERAL,	/* 1: it is 32768 or more */
	LF_SCHED_DSCP,		/* that the application chose, 0 to 63/64 */
	__LF_SCHED_INPUTS
};

#define LF_SCHED_INPUTS		__LF_SCHED_INPUTS
#define LF_SCHED_LOG_MAX	LF_LOG2_MAX	/* a terabyte, twelve days */

#define LF_SCHED_BANDS		8

#endif /* _LITEFLOW_SCHED_H */
