// SPDX-License-Identifier: GPL-2.0
/* A path of longer RTT is predicted to be as much slower: right for small flows. */
#include <liteflow/lb.h>

static int honest_infer(const void *params, const __s32 *in, __s32 *out)
{
	out[0] = in[LF_LB_LONGER];
	return 0;
}

#define LF_TEST_IN	LF_LB_INPUTS
#define TEST_APP	"lb"
#define TEST_OUT	1
#define TEST_VALUE	0
#define TEST_INFER	honest_infer
#include "constant.h"
