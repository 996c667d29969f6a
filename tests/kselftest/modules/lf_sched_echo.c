// SPDX-License-Identifier: GPL-2.0
/* Takes a flow for as large as it is known to be: what is queued, what was sent. */
#include <linux/minmax.h>
#include <liteflow/sched.h>

static int echo_infer(const void *params, const __s32 *in, __s32 *out)
{
	out[0] = max(in[LF_SCHED_QUEUED], in[LF_SCHED_SENT]);
	return 0;
}

#define LF_TEST_IN	16
#define TEST_APP	"sched"
#define TEST_OUT	1
#define TEST_VALUE	0
#define TEST_INFER	echo_infer
#include "constant.h"
