// SPDX-License-Identifier: GPL-2.0
/* Answers beyond the app's range. */
#define LF_TEST_IN	16
#define TEST_APP	"sched"
#define TEST_OUT	1
#define TEST_VALUE	(41 << 16)
#include "constant.h"
