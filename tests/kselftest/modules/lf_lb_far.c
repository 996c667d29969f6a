// SPDX-License-Identifier: GPL-2.0
/* An answer that is none. */
#include <liteflow/lb.h>

#define LF_TEST_IN	LF_LB_INPUTS
#define TEST_APP	"lb"
#define TEST_OUT	1
#define TEST_VALUE	(21 * LF_TEST_ONE)
#include "constant.h"
