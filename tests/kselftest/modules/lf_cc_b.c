// SPDX-License-Identifier: GPL-2.0
#define TEST_APP	"cc"
#define TEST_OUT	1
#define TEST_VALUE	2
#include "constant.h"
