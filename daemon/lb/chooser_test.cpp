// SPDX-License-Identifier: GPL-2.0
#include "daemon/lb/chooser.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace liteflow::lb {
namespace {

// Three paths; the second is the best, the third unknown to the host.
Probe probe() {
  Probe p(3);
  p[0] = {.inputs = {}, .label = 2, .rtt = 0.004, .rate = 1};
  p[1] = {.inputs = {}, .label = 0, .rtt = 0.005, .rate = 2};
  p[2] = {.inputs = {}, .label = 1, .rtt = 0, .rate = 1};
  return p;
}

const Chooser &chooser(const std::string &name) {
  return *std::find_if(choosers().begin(), choosers().end(), [&](const Chooser &c) { return c.name == name; });
}

Shares shares(const std::string &name, const std::vector<float> &scores = {1, 1, 1}) {
  return chooser(name).choose(probe(), scores);
}

void expect_shares(const Shares &found, const Shares &wanted) {
  ASSERT_EQ(found.size(), wanted.size());
  for (std::size_t i = 0; i < found.size(); i++) EXPECT_NEAR(found[i], wanted[i], 1e-9) << i;
}

TEST(Chooser, shares_are_those_of_the_kernel) {
  expect_shares(shares("ECMP"), {1 / 3.0, 1 / 3.0, 1 / 3.0});
  expect_shares(shares("ECMP by true rates"), {0.25, 0.5, 0.25});
  expect_shares(shares("least RTT"), {0, 0, 1});
  expect_shares(shares("best of two by RTT"), {2 / 6.0, 0, 4 / 6.0});
  expect_shares(shares("network, best of two", {1, 1, 3}), {3 / 6.0, 3 / 6.0, 0});
  expect_shares(shares("network, softmax", {1, 1.125F, 40}), {2 / 3.0, 1 / 3.0, 0});
  expect_shares(shares("perfect knowledge"), {0, 1, 0});
}

TEST(Chooser, slowdowns_equal_those_by_hand) {
  const Slowdowns even = slowdowns({probe()}, {{1, 1, 1}}, chooser("ECMP"));
  EXPECT_NEAR(even.middle, 2, 1e-9);
  EXPECT_NEAR(even.mean, 7 / 3.0, 1e-9);
  const Slowdowns best = slowdowns({probe()}, {{1, 1, 1}}, chooser("perfect knowledge"));
  EXPECT_NEAR(best.mean, 1, 1e-9);
  EXPECT_NEAR(best.p99, 1, 1e-9);
}

}  // namespace
}  // namespace liteflow::lb
