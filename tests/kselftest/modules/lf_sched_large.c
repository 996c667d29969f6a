// SPDX-License-Identifier: GPL-2.0
/* Takes every flow for one of 32 MB. */
#define LF_TEST_IN	16
#define TEST_APP	"sched"
#define TEST_OUT	1
#define TEST_VALUE	(25 << 16)
#include "constant.h"
