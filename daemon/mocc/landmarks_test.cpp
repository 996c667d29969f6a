// SPDX-License-Identifier: GPL-2.0
#include "daemon/mocc/landmarks.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

namespace liteflow::mocc {
namespace {

double distance(const RewardWeights &a, const RewardWeights &b) {
  return std::abs(a.throughput - b.throughput) + std::abs(a.latency - b.latency) + std::abs(a.loss - b.loss);
}

TEST(Landmarks, are_the_grid_of_tenths) {
  const auto all = landmarks();
  ASSERT_EQ(all.size(), 36U);
  for (const RewardWeights &w : all) {
    EXPECT_NEAR(w.throughput + w.latency + w.loss, 1, 1e-12);
    for (const double v : {w.throughput, w.latency, w.loss}) EXPECT_GE(v, 0.1 - 1e-12);
  }
  for (std::size_t i = 0; i < all.size(); i++)
    for (std::size_t j = 0; j < i; j++) EXPECT_GT(distance(all[i], all[j]), 0.1);
}

TEST(Landmarks, bootstraps_are_those_of_the_paper) {
  const auto all = landmarks();
  const auto first = bootstraps();
  ASSERT_EQ(first.size(), 3U);
  EXPECT_NEAR(all[first[0]].throughput, 0.6, 1e-12);
  EXPECT_NEAR(all[first[1]].latency, 0.6, 1e-12);
  EXPECT_NEAR(all[first[2]].loss, 0.6, 1e-12);
  EXPECT_NEAR(all[first[2]].throughput, 0.3, 1e-12);
}

TEST(Landmarks, the_traversal_visits_each_once_nearest_first) {
  const auto all = landmarks();
  const auto order = traversal();
  EXPECT_EQ(std::set<std::size_t>(order.begin(), order.end()).size(), all.size());
  ASSERT_EQ(order.size(), all.size());
  double last = 0;
  for (const std::size_t i : order) {
    double nearest = 9;
    for (const std::size_t b : bootstraps()) nearest = std::min(nearest, distance(all[i], all[b]));
    EXPECT_GE(nearest, last - 1e-9);
    last = nearest;
  }
}

TEST(Landmarks, transfer_goes_round_and_replays_what_it_knows) {
  const auto curriculum = neighbourhood_transfer(2);
  const auto first = bootstraps();
  const auto order = traversal();
  Rng rng(1);
  for (const std::size_t o : curriculum(10, 200, 32, rng))
    EXPECT_NE(std::find(first.begin(), first.end(), o), first.end());
  std::set<std::size_t> visited;
  for (std::size_t update = 100; update < 100 + 2 * 36; update++) {
    const auto objectives = curriculum(update, 200, 32, rng);
    const std::size_t now = order[(update - 100) / 2];
    visited.insert(now);
    EXPECT_GE(std::count(objectives.begin(), objectives.end(), now), 16);
    for (const std::size_t o : objectives)
      EXPECT_TRUE(visited.count(o) || std::count(first.begin(), first.end(), o));
  }
  EXPECT_EQ(visited.size(), 36U);
}

}  // namespace
}  // namespace liteflow::mocc
