// SPDX-License-Identifier: GPL-2.0
#define TEST_APP	"test"
#define TEST_OUT	8
#define TEST_VALUE	2
#include "constant.h"
