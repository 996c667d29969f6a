/* SPDX-License-Identifier: GPL-2.0 */
/*
 * MOCC's view of a connection (Ma et al., "Multi-Objective Congestion Control",
 * EuroSys 2022): the weights of throughput, latency and loss, then Aurora's
 * history. The answer is Aurora's.
 */
#ifndef _LITEFLOW_MOCC_H
#define _LITEFLOW_MOCC_H

#include "aurora.h"

#define LF_MOCC_WEIGHTS	3
#define LF_MOCC_INPUTS	(LF_MOCC_WEIGHTS + LF_AURORA_INPUTS)

/* Its bootstrapping objectives, Q16.16. */
#define LF_MOCC_THROUGHPUT	{ 39322, 19661, 6553 }	/* 0.6, 0.3, 0.1 */
#define LF_MOCC_LATENCY		{ 6553, 39322, 19661 }	/* 0.1, 0.6, 0.3 */
#define LF_MOCC_LOSS		{ 19661, 6553, 39322 }	/* 0.3, 0.1, 0.6 */

#endif /* _LITEFLOW_MOCC_H */
