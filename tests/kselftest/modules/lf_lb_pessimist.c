// SPDX-License-Identifier: GPL-2.0
/*
 * A path of twice the RTT is predicted to be 4096 times slower: more than it is
 * of small flows, also where a loaded machine has blurred the RTTs.
 */
#include <liteflow/lb.h>

static int pessimist_infer(const void *params, const __s32 *in, __s32 *out)
{
	out[0] = in[LF_LB_LONGER] > 1 << 16 ? 12 << 16 : 0;	/* Q16.16 */
	return 0;
}

#define LF_TEST_IN	LF_LB_INPUTS
#define TEST_APP	"lb"
#define TEST_OUT	1
#define TEST_VALUE	0
#define TEST_INFER	pessimist_infer
#include "constant.h"
