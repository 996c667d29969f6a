// SPDX-License-Identifier: GPL-2.0
#include <gtest/gtest.h>

#include "daemon/training/blas.h"

int main(int argc, char **argv) {
  liteflow::choose_blas_core(argv);
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
