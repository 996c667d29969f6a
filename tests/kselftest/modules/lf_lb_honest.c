// SPDX-License-Identifier: GPL-2.0
/*
 * A path of longer RTT is predicted to be as much slower, and two doublings more:
 * the path of the least RTT is shown longer than small flows find it, since the
 * ACK of a FIN may wait until the peer closes, and is in the RTT that is shown.
 */
#include <liteflow/lb.h>

static int honest_infer(const void *params, const __s32 *in, __s32 *out)
{
	out[0] = in[LF_LB_LONGER] > 0 ? in[LF_LB_LONGER] + (2 << 16) : 0;	/* Q16.16 */
	return 0;
}

#define LF_TEST_IN	LF_LB_INPUTS
#define TEST_APP	"lb"
#define TEST_OUT	1
#define TEST_VALUE	0
#define TEST_INFER	honest_infer
#include "constant.h"
