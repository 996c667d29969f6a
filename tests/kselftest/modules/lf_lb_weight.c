// SPDX-License-Identifier: GPL-2.0
/* A path of weight 1 is twice as good as one of weight 3 or more. */
#include <liteflow/lb.h>

#define LF_TEST_IN	LF_LB_INPUTS
#define TEST_APP	"lb"
#define TEST_OUT	1
#define TEST_VALUE	LF_TEST_ONE
#define TEST_INPUT	LF_LB_CAPACITY
#include "constant.h"
