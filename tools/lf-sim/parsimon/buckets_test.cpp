// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/parsimon/buckets.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "codegen/error.h"

namespace liteflow::sim::parsimon {
namespace {

std::vector<Delay> delays_of(std::size_t number, std::uint64_t seed) {
  Rng rng(seed);
  std::vector<Delay> all;
  for (std::size_t i = 0; i < number; i++)
    all.push_back({static_cast<std::uint64_t>(rng.log_uniform(100, 1e7)), static_cast<float>(i)});
  return all;
}

TEST(Buckets, all_satisfy_the_rule) {
  for (std::uint64_t seed = 1; seed <= 20; seed++) {
    for (const std::size_t samples : {1, 10, 100}) {
      const Buckets b(delays_of(150 * seed, seed), {samples, 2});
      ASSERT_FALSE(b.buckets().empty());
      std::size_t at = 0;
      std::uint64_t most = 0;
      for (const auto &bucket : b.buckets()) {
        EXPECT_EQ(bucket.begin, at);
        EXPECT_GE(bucket.end - bucket.begin, samples);
        EXPECT_GE(bucket.most, 2 * bucket.least);
        EXPECT_GT(bucket.least, most);
        at = bucket.end;
        most = bucket.most;
      }
      EXPECT_EQ(at, b.samples().size());
    }
  }
}

TEST(Buckets, are_no_larger_than_they_must_be) {
  std::vector<Delay> all;
  for (std::uint64_t i = 0; i < 400; i++) all.push_back({100 + i, 0});
  const Buckets b(all, {50, 2});
  // 100 to 200, and 201 to 402; the rest, 403 to 499, joins the latter.
  ASSERT_EQ(b.buckets().size(), 2U);
  EXPECT_EQ(b.buckets()[0].most, 200U);
  EXPECT_EQ(b.buckets()[1].least, 201U);
  EXPECT_EQ(b.buckets()[1].most, 499U);
}

TEST(Buckets, keep_flows_of_a_size_together) {
  std::vector<Delay> all(150, {100, 1});
  all.insert(all.end(), 150, {200, 2});
  all.insert(all.end(), 150, {400, 3});
  const Buckets b(all, {100, 1});
  ASSERT_EQ(b.buckets().size(), 3U);
  EXPECT_EQ(b.buckets()[1].begin, 150U);
  EXPECT_EQ(b.buckets()[1].end, 300U);
}

TEST(Buckets, too_few_are_one) {
  const Buckets b(delays_of(7, 1), {100, 2});
  ASSERT_EQ(b.buckets().size(), 1U);
  EXPECT_EQ(b.buckets()[0].end, 7U);
}

TEST(Buckets, none_is_no_delay) {
  Rng rng(1);
  EXPECT_EQ(Buckets({}, {}).draw(1000, rng), 0);
  EXPECT_EQ(Buckets().draw(1000, rng), 0);
}

TEST(Buckets, draw_from_the_flows_bucket) {
  std::vector<Delay> all;
  for (int i = 0; i < 10; i++) {
    all.push_back({100, static_cast<float>(i)});
    all.push_back({1000, static_cast<float>(10 + i)});
    all.push_back({10000, static_cast<float>(20 + i)});
  }
  const Buckets b(all, {10, 1});
  ASSERT_EQ(b.buckets().size(), 3U);
  Rng rng(1);
  const auto seen = [&](std::uint64_t bytes) {
    std::set<float> values;
    for (int i = 0; i < 1000; i++) values.insert(b.draw(bytes, rng));
    EXPECT_EQ(values.size(), 10U);
    return *values.begin();
  };
  EXPECT_EQ(seen(1), 0);
  EXPECT_EQ(seen(100), 0);
  EXPECT_EQ(seen(101), 10);  // between two: the larger flows'
  EXPECT_EQ(seen(1000), 10);
  EXPECT_EQ(seen(10000), 20);
  EXPECT_EQ(seen(1000000), 20);
}

TEST(BucketRule, out_of_range_is_refused) {
  EXPECT_NO_THROW(check(BucketRule{}));
  EXPECT_THROW(check(BucketRule{0, 2}), Error);
  EXPECT_THROW(check(BucketRule{100, 0.5}), Error);
}

}  // namespace
}  // namespace liteflow::sim::parsimon
