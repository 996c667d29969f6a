// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/m4/quantiles.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace liteflow::sim::m4 {
namespace {

std::vector<float> values() {
  std::vector<float> v;
  for (const double level : kLevels) v.push_back(static_cast<float>(2 * level));
  return v;
}

TEST(Quantiles, are_those_that_were_given) {
  const Quantiles q(values(), 1);
  for (const double level : kLevels) {
    EXPECT_NEAR(q.value(level), 1 + 2 * level, 1e-6);
    EXPECT_NEAR(q.share(1 + 2 * level), level, 1e-6);
  }
  EXPECT_NEAR(q.value(0.6), 2.2, 1e-6);
  EXPECT_NEAR(q.value(0), 1, 1e-6);
  EXPECT_NEAR(q.value(1), 3, 1e-6);
  EXPECT_EQ(q.share(0.9), 0);
  EXPECT_EQ(q.share(3.1), 1);
}

TEST(Quantiles, in_any_order) {
  auto reversed = values();
  std::reverse(reversed.begin(), reversed.end());
  for (double share = 0; share <= 1; share += 0.05)
    EXPECT_EQ(Quantiles(reversed, 0).value(share), Quantiles(values(), 0).value(share));
}

// One that is asked for anew, when some have gone, comes to the same if those that are left are what is predicted.
TEST(Quantiles, luck_stays_what_it_was) {
  const Quantiles all(values(), 0);
  for (const double luck : {0.3, 0.6, 0.99})
    for (const double now : {0.0, 0.1, 0.5}) {
      const double gone = all.share(now);
      std::vector<float> left;
      for (const double level : kLevels) left.push_back(static_cast<float>(all.value(gone + level * (1 - gone))));
      EXPECT_NEAR(Quantiles(left, 0).value(luck_among_left(luck, gone)), all.value(luck), 1e-5);
    }
  EXPECT_EQ(luck_among_left(0.3, 0.4), 0);
  EXPECT_EQ(luck_among_left(0.3, 1), 0);
}

TEST(Quantiles, of_what_is_certain) {
  const Quantiles q(std::vector<float>(kLevels.size(), 0.5F), 0);
  for (const double share : {0.0, 0.3, 1.0}) EXPECT_EQ(q.value(share), 0.5);
  EXPECT_EQ(q.share(0.4), 0);
  EXPECT_EQ(q.share(0.5), 0);
  EXPECT_EQ(q.share(0.6), 1);
}

}  // namespace
}  // namespace liteflow::sim::m4
