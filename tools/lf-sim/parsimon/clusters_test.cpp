// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/parsimon/clusters.h"

#include <gtest/gtest.h>

#include "codegen/error.h"
#include "daemon/training/rng.h"

namespace liteflow::sim::parsimon {
namespace {

// 2000 flows of `mean` bytes every microsecond on average.
Traits link(std::uint64_t seed, double mean = 100, double rate = 10, int place = 0) {
  Rng rng(seed);
  std::vector<double> bytes, starts{0};
  for (int i = 0; i < 2000; i++) {
    bytes.push_back(1 + rng.exponential(mean));
    if (i) starts.push_back(starts.back() + rng.exponential(1000));
  }
  return traits_of(bytes, starts, rate, place);
}

std::vector<std::size_t> clusters(const std::vector<Traits> &all, const Likeness &likeness = {}) {
  return cluster(all, likeness);
}

using Firsts = std::vector<std::size_t>;

TEST(Traits, are_quantiles_and_load) {
  const Traits t = traits_of({30, 10, 20}, {100, 400, 500}, 10, 2);
  ASSERT_EQ(t.sizes.values.size(), kQuantiles);
  EXPECT_EQ(t.sizes.values[0], 10);
  EXPECT_EQ(t.sizes.values[333], 10);
  EXPECT_EQ(t.sizes.values[334], 20);
  EXPECT_EQ(t.sizes.values[999], 30);
  EXPECT_EQ(t.gaps.values[499], 100);
  EXPECT_EQ(t.gaps.values[500], 300);
  EXPECT_DOUBLE_EQ(t.load, 60 * 8 / 400.0 / 10);
}

TEST(Clusters, equal_links_merge) {
  EXPECT_EQ(clusters({link(1), link(1), link(1)}), (Firsts{0, 0, 0}));
}

TEST(Clusters, links_of_like_traffic_merge) {
  EXPECT_EQ(clusters({link(1), link(2), link(3)}, {0.1, 0.01}), (Firsts{0, 0, 0}));
}

TEST(Clusters, unequal_links_do_not) {
  // Sizes that differ by a third; rates; places; and gaps, where load and sizes are the same.
  EXPECT_EQ(clusters({link(1), link(1, 133)}, {0.1, 1}), (Firsts{0, 1}));
  EXPECT_EQ(clusters({link(1), link(1, 100, 40)}, {0.1, 1}), (Firsts{0, 1}));
  EXPECT_EQ(clusters({link(1), link(1, 100, 10, 1)}), (Firsts{0, 1}));
  const std::vector<double> bytes(101, 100);
  std::vector<double> even, paired;
  for (int i = 0; i <= 100; i++) {
    even.push_back(i * 1000);
    paired.push_back((i + i % 2) * 1000);
  }
  EXPECT_EQ(clusters({traits_of(bytes, even, 10, 0), traits_of(bytes, paired, 10, 0)}, {0.1, 1}), (Firsts{0, 1}));
  EXPECT_EQ(clusters({traits_of(bytes, even, 10, 0), traits_of(bytes, paired, 10, 0)}, {1.1, 1}), (Firsts{0, 0}));
}

TEST(Clusters, load_alone_tells_links_apart) {
  Traits a = link(1), b = a;
  b.load += 0.004;
  EXPECT_EQ(clusters({a, b}), (Firsts{0, 0}));
  b.load = a.load + 0.006;
  EXPECT_EQ(clusters({a, b}), (Firsts{0, 1}));
}

// The third is like the second alone, which is no first.
TEST(Clusters, members_are_like_the_first) {
  Traits a = link(1), b = a, c = a;
  b.load += 0.004;
  c.load += 0.008;
  EXPECT_EQ(clusters({a, b, c}), (Firsts{0, 0, 2}));
  EXPECT_EQ(clusters({b, a, c}), (Firsts{0, 0, 0}));
}

TEST(Clusters, none_of_nothing_is_like_another) {
  EXPECT_EQ(clusters({link(1), link(1)}, {0, 0}), (Firsts{0, 1}));
  EXPECT_TRUE(clusters({}).empty());
}

// A lone flow has no gaps: such links have no delay, whatever its size.
TEST(Clusters, links_of_one_flow_merge) {
  EXPECT_EQ(clusters({traits_of({5}, {1}, 10, 0), traits_of({7}, {3}, 10, 0), link(1)}, {0.1, 1}), (Firsts{0, 0, 2}));
}

TEST(Clusters, flows_at_the_same_moment_have_no_load) {
  const Traits t = traits_of({5, 5}, {1, 1}, 10, 0);
  EXPECT_EQ(t.load, 0);
  EXPECT_EQ(clusters({t, t}), (Firsts{0, 0}));
  EXPECT_FALSE(alike(t, traits_of({5, 5}, {1, 2}, 10, 0), {0.1, 10}));
}

TEST(Likeness, out_of_range_is_refused) {
  EXPECT_NO_THROW(check(Likeness{}));
  EXPECT_THROW(check(Likeness{-0.1, 0}), Error);
  EXPECT_THROW(check(Likeness{0.1, -1}), Error);
}

}  // namespace
}  // namespace liteflow::sim::parsimon
