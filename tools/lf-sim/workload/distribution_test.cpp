// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/workload/distribution.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tools/lf-sim/net/test_file.h"

namespace liteflow::sim {
namespace {

double mean_of_draws(const Distribution &sizes, std::size_t draws) {
  Rng rng(1);
  double sum = 0;
  for (std::size_t i = 0; i < draws; i++) sum += static_cast<double>(sizes.draw(rng));
  return sum / static_cast<double>(draws);
}

std::string refusal(const std::string &text) {
  const TestFile file(text);
  return error_of(file, [&] { Distribution::read(file.path()); });
}

TEST(Distribution, HasThePublishedMeans) {
  // By the trapezoids of m3's files and of those that tests/bench-fct names.
  for (const auto &[name, mean] : {std::pair{"webserver", 91343.0}, {"hadoop", 568755.0}, {"cachefollower", 609883.0},
                                   {"websearch", 1711250.0}, {"datamining", 12658199.0}})
    EXPECT_NEAR(Distribution::named(name).mean() / mean, 1, 0.005) << name;
}

TEST(Distribution, DrawsFollowTheTable) {
  const Distribution sizes({{0, 0}, {100, 0.5}, {1000, 1}}, "a test");
  EXPECT_EQ(sizes.mean(), 300);
  EXPECT_NEAR(mean_of_draws(sizes, 100000), 300, 3);
  Rng rng(2);
  std::size_t small = 0;
  for (int i = 0; i < 10000; i++) small += sizes.draw(rng) <= 100;
  EXPECT_NEAR(static_cast<double>(small), 5000, 200);
}

TEST(Distribution, ACapIsTheLargest) {
  Distribution sizes = Distribution::named("webserver");
  sizes.cap(1'000'000);
  Rng rng(3);
  std::uint64_t most = 0, capped = 0;
  for (int i = 0; i < 100000; i++) {
    const std::uint64_t bytes = sizes.draw(rng);
    most = std::max(most, bytes);
    capped += bytes >= 1'000'000;
  }
  EXPECT_EQ(most, 1'000'000U);
  EXPECT_NEAR(static_cast<double>(capped), 700, 150);  // 0.7 % are larger
  EXPECT_THROW(sizes.cap(0), Error);
}

TEST(Distribution, ReadsFractionsAndPercents) {
  const TestFile fractions("0 0\n100 0.5\n300 1\n"), percents("0 0\n100 50\n300 100\n");
  EXPECT_EQ(Distribution::read(fractions.path()).mean(), 125);
  EXPECT_EQ(Distribution::named(percents.path()).mean(), 125);
}

TEST(Distribution, BadFilesNameTheLine) {
  EXPECT_NE(refusal("").find("the last share is 0"), std::string::npos);
  EXPECT_NE(refusal("0 0\n10 50\n").find("the last share is 50"), std::string::npos);
  EXPECT_NE(refusal("0 0.1\n10 1\n").find(":1: the first share must be 0"), std::string::npos);
  EXPECT_NE(refusal("0 0\n10 0.5\n10 1\n").find(":3: sizes and shares must rise"), std::string::npos);
  EXPECT_NE(refusal("0 0\n10 0.5\n20 0.5\n").find(":3: sizes and shares must rise"), std::string::npos);
  EXPECT_NE(refusal("0 0\nx 1\n").find(":2: the size is 'x'"), std::string::npos);
  EXPECT_NE(refusal("0 0\n10 1 1\n").find(":2: '1' is one column too many"), std::string::npos);
  EXPECT_NE(refusal("-1 0\n10 1\n").find(":1: the size is below 0"), std::string::npos);
}

TEST(Distribution, MadeUpOnesHaveTheirShapes) {
  // (20000 / 5000)^2 kB. The normal distribution's mean where it is positive: 1 + phi(1) / Phi(1) deviations, nearly.
  for (const auto &[name, mean] : {std::pair{"exp:20000", 1.0}, {"gaussian:20000", 1.288}, {"lognorm:20000", 1.0},
                                   {"pareto:20000", 0.8}})
    EXPECT_NEAR(Distribution::named(name).mean() / 16000, mean, 0.04) << name;
  const auto share_below = [](const char *name, double bytes) {
    const Distribution sizes = Distribution::named(name);
    Rng rng(1);
    int below = 0;
    for (int i = 0; i < 10000; i++) {
      const auto size = static_cast<double>(sizes.draw(rng));
      EXPECT_GE(size, 50) << name;
      below += size < bytes;
    }
    return below / 10000.0;
  };
  EXPECT_NEAR(share_below("exp:20000", 50 + 15950 * std::log(2)), 0.5, 0.015);
  EXPECT_NEAR(share_below("lognorm:20000", 50 + 15950 * std::exp(-2.0)), 0.5, 0.015);  // its median
  EXPECT_NEAR(share_below("pareto:20000", 16000), 0.8, 0.015);
  EXPECT_NEAR(share_below("gaussian:20000", 16000), 0.3413 / 0.8413, 0.015);  // between -1 and 0 of what is above -1
  EXPECT_THROW(Distribution::named("exp:4000"), Error);
  EXPECT_THROW(Distribution::named("weird:20000"), Error);
  EXPECT_THROW(Distribution::named("exp:2e"), Error);
}

}  // namespace
}  // namespace liteflow::sim
