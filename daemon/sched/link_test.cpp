// SPDX-License-Identifier: GPL-2.0
#include "daemon/sched/link.h"

#include <gtest/gtest.h>

namespace liteflow::sched {
namespace {

constexpr double kRate = 1e6;  // bytes/s
const auto kNever = [] { return false; };

TEST(Link, OneFlowTakesItsBytesAtTheRate) {
  const auto took = run_link({{1, 5000, 0}}, kRate, kNever);
  EXPECT_NEAR(took[0], 0.005, 1e-12);
}

TEST(Link, FlowsOfABandShare) {
  const auto took = run_link({{0, 5000, 0}, {0, 5000, 0}}, kRate, kNever);
  EXPECT_NEAR(took[0], 0.01, 1e-12);
  EXPECT_NEAR(took[1], 0.01, 1e-12);
}

TEST(Link, AnEarlierBandGoesFirst) {
  const auto took = run_link({{0, 100'000, 3}, {0.01, 5000, 0}}, kRate, kNever);
  EXPECT_NEAR(took[1], 0.005, 1e-12);
  EXPECT_NEAR(took[0], 0.105, 1e-12);
}

// Of 30 kB in the first band, whose limit is 10 kB, 20 kB wait for one of 25 kB in the second.
TEST(Link, WhatOutgrowsItsBandGoesOnInTheNext) {
  const auto took = run_link({{0, 30'000, 0}, {0, 25'000, 1}}, kRate, kNever);
  EXPECT_NEAR(took[0], 0.01 + 0.04, 1e-9);
  EXPECT_NEAR(took[1], 0.055, 1e-9);
}

TEST(Link, NothingIsLostHoweverTheBands) {
  std::vector<LinkFlow> flows;
  double bytes = 0;
  for (std::size_t i = 0; i < 1000; i++) {
    flows.push_back({0, 100.0 * static_cast<double>(1 + i * 7919 % 300'000), i % 8});
    bytes += flows.back().bytes;
  }
  double last = 0;
  for (const double seconds : run_link(flows, kRate, kNever)) last = std::max(last, seconds);
  EXPECT_NEAR(last, bytes / kRate, 1e-6 * last);
}

TEST(Link, ItStopsWhenItIsLate) {
  int asked = 0;
  EXPECT_TRUE(run_link({{0, 5000, 0}, {1, 5000, 0}}, kRate, [&] { return ++asked > 2; }).empty());
}

}  // namespace
}  // namespace liteflow::sched
