// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/net/parallel.h"

#include <gtest/gtest.h>

#include "codegen/error.h"

namespace liteflow::sim {
namespace {

TEST(Parallel, does_each_once) {
  for (const std::size_t threads : {1, 2, 5}) {
    std::vector<std::atomic<int>> times(1000);
    in_parallel(times.size(), threads, [&](std::size_t i) { times[i]++; });
    for (const auto &t : times) ASSERT_EQ(t, 1);
  }
}

TEST(Parallel, nothing_is_nothing) {
  in_parallel(0, 3, [](std::size_t) { FAIL(); });
}

TEST(Parallel, an_exception_ends_it) {
  std::atomic<int> done{0};
  const auto work = [&](std::size_t i) {
    if (i == 3) throw Error("three");
    done++;
  };
  EXPECT_THROW(in_parallel(1000000, 3, work), Error);
  EXPECT_LT(done, 1000000 - 1);
}

}  // namespace
}  // namespace liteflow::sim
