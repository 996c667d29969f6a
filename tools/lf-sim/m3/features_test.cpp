// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/m3/features.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tools/lf-sim/m3/slowdown.h"
#include "tools/lf-sim/m3/test_paths.h"

namespace liteflow::sim::m3 {
namespace {

TEST(Features, buckets_are_left_closed) {
  const std::vector<std::pair<std::uint64_t, std::size_t>> cases = {
      {1, 0},    {249, 0},  {250, 1},  {499, 1},   {500, 2},   {750, 3},    {999, 3},     {1000, 4},
      {2000, 5}, {5000, 6}, {7500, 7}, {10000, 8}, {49999, 8}, {50000, 9}, {1U << 31, 9}};
  for (const auto &[bytes, bucket] : cases) EXPECT_EQ(bucket_of(bytes), bucket) << bytes;
}

std::vector<float> percentiles_of(const std::vector<double> &sorted) {
  std::vector<float> out(kPercentiles);
  nearest_percentiles(sorted, out);
  return out;
}

TEST(Features, a_percentile_halfway_between_ranks_is_of_the_even_one) {
  const auto three = percentiles_of({1, 2, 3});  // ranks 0.02 p
  EXPECT_EQ(three[24], 1);                       // 0.5 -> 0
  EXPECT_EQ(three[25], 2);
  EXPECT_EQ(three[73], 2);
  EXPECT_EQ(three[74], 3);                 // 1.5 -> 2
  const auto two = percentiles_of({1, 2});  // ranks 0.01 p
  EXPECT_EQ(two[49], 1);                    // 0.5 -> 0
  EXPECT_EQ(two[50], 2);
  const auto one = percentiles_of({7});
  EXPECT_EQ(std::count(one.begin(), one.end(), 7.0F), 100);
}

TEST(Features, percentiles_are_values_in_order) {
  Rng rng(1);
  for (std::size_t n = 1; n < 250; n++) {
    std::vector<double> values(n);
    for (double &v : values) v = 1 + rng.exponential(2);
    std::sort(values.begin(), values.end());
    const auto out = percentiles_of(values);
    ASSERT_TRUE(std::is_sorted(out.begin(), out.end()));
    ASSERT_EQ(out.back(), static_cast<float>(values.back()));
    for (const float v : out)
      ASSERT_TRUE(std::any_of(values.begin(), values.end(), [&](double x) { return static_cast<float>(x) == v; }));
  }
}

// The foreground of m3's demo path shard8: sizes, flowSim's times, ns-3's and its ideal ones; and percentiles of the
// published feature map, in the last bucket but one and the last, and of the published target.
TEST(Features, a_published_foreground) {
  struct Case {
    std::uint64_t bytes;
    double flowsim, fct, ideal;
  };
  const std::vector<Case> cases = {
      {383838, 332682.39999999997, 384550, 324500}, {57405, 184529.43749996423, 203898, 50966},
      {22931, 136191.11111111133, 143105, 22056},   {19456, 113448.81958331125, 128752, 19162},
      {124158, 587278.0094135841, 617942, 106914},  {9535, 53906.5238095238, 58059, 10846},
      {17602, 44318.4, 48367, 17603}};
  Lot lot = published_lot(2);
  std::vector<double> values;
  std::vector<Seen> truth;
  for (const Case &c : cases) {
    lot.parts.push_back(part_of(0, 2, c.bytes));
    values.push_back(slowdown(published_alone(lot, lot.parts.back()), c.flowsim));
    truth.push_back({c.fct / c.ideal, c.bytes});
  }
  sort(truth);
  const Features features = features_of(2, seen_of(lot, values));
  ASSERT_EQ(features.maps.size(), 3 * kMap);
  const auto at = [&](std::size_t bucket, std::size_t p) { return features.maps[bucket * kPercentiles + p - 1]; };
  EXPECT_EQ(at(7, 1), 5.2297539710998535F);
  EXPECT_EQ(at(7, 100), 5.2297539710998535F);
  EXPECT_EQ(at(8, 25), 2.677659749984741F);
  EXPECT_EQ(at(8, 26), 6.0657243728637695F);
  EXPECT_EQ(at(8, 74), 6.0657243728637695F);
  EXPECT_EQ(at(8, 75), 6.300507068634033F);
  EXPECT_EQ(at(9, 25), 1.033470630645752F);
  EXPECT_EQ(at(9, 26), 3.674628496170044F);
  EXPECT_EQ(at(9, 75), 5.516921520233154F);
  EXPECT_EQ(std::count(features.maps.begin(), features.maps.end(), 0.0F), 2700);
  const Distribution target = distribution_of(truth);
  EXPECT_EQ(target.flows, (std::array<std::uint32_t, 4>{0, 1, 3, 3}));
  EXPECT_EQ(target.values[0], 0);
  EXPECT_EQ(target.values[100], 5.353033542633057F);
  EXPECT_EQ(target.values[224], 2.7476565837860107F);
  EXPECT_EQ(target.values[225], 6.488256931304932F);
  EXPECT_EQ(target.values[274], 6.7191314697265625F);
  EXPECT_EQ(target.values[399], 5.779804229736328F);
}

TEST(Features, background_is_in_the_map_of_each_link_that_it_uses) {
  Lot lot = published_lot(4);
  lot.parts = {part_of(0, 4, 100), part_of(1, 3, 300), part_of(0, 1, 300), part_of(3, 4, 60000), part_of(2, 4, 300)};
  const Features f = features_of(4, seen_of(lot, {2, 3, 4, 5, 6}));
  const auto values = [&](std::size_t row, std::size_t bucket) {
    std::vector<float> v;
    for (const std::size_t p : {1U, 100U}) v.push_back(f.maps[row * kMap + bucket * kPercentiles + p - 1]);
    return v;
  };
  using V = std::vector<float>;
  EXPECT_EQ(values(0, 0), (V{2, 2}));
  EXPECT_EQ(values(1, 1), (V{4, 4}));
  EXPECT_EQ(values(2, 1), (V{3, 3}));
  EXPECT_EQ(values(3, 1), (V{3, 6}));
  EXPECT_EQ(values(4, 1), (V{6, 6}));
  EXPECT_EQ(values(4, 9), (V{5, 5}));
  EXPECT_EQ(values(0, 1), (V{0, 0}));
  EXPECT_EQ(f.foreground.flows, (std::array<std::uint32_t, 4>{1, 0, 0, 0}));
  EXPECT_EQ(f.foreground.values[0], 2);
  EXPECT_EQ(f.foreground.values[100], 0);
}

}  // namespace
}  // namespace liteflow::sim::m3
