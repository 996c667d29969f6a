// SPDX-License-Identifier: GPL-2.0
#define LF_TEST_IN	33
#define TEST_APP	"mocc"
#define TEST_OUT	1
#define TEST_VALUE	1
#include "constant.h"
