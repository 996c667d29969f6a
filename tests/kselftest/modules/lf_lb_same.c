// SPDX-License-Identifier: GPL-2.0
/* Every path is as good as any other. */
#include <liteflow/lb.h>

#define LF_TEST_IN	LF_LB_INPUTS
#define TEST_APP	"lb"
#define TEST_OUT	1
#define TEST_VALUE	LF_TEST_ONE
#include "constant.h"
