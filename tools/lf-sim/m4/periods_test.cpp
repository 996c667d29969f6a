// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/m4/periods.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "codegen/error.h"
#include "tools/lf-sim/m4/test_records.h"

namespace liteflow::sim::m4 {
namespace {

using Flows = std::vector<std::vector<std::uint32_t>>;

Flows split(const Record &record) {
  Flows all;
  for (const Period &p : periods_of(record)) all.push_back(p.flows);
  return all;
}

TEST(Periods, flows_that_share_a_link_at_a_time) {
  EXPECT_EQ(split(record_by_hand(2, {{{0}, 0, 10}, {{0, 1}, 5, 15}})), (Flows{{0, 1}}));
}

TEST(Periods, not_at_different_times) {
  EXPECT_EQ(split(record_by_hand(1, {{{0}, 0, 10}, {{0}, 11, 15}})), (Flows{{0}, {1}}));
  // One that starts when the other ends does not meet it.
  EXPECT_EQ(split(record_by_hand(1, {{{0}, 0, 10}, {{0}, 10, 15}})), (Flows{{0}, {1}}));
}

TEST(Periods, not_on_different_links) {
  EXPECT_EQ(split(record_by_hand(4, {{{0, 1}, 0, 10}, {{2, 3}, 0, 10}})), (Flows{{0}, {1}}));
}

TEST(Periods, a_third_flow_joins_two) {
  EXPECT_EQ(split(record_by_hand(2, {{{0}, 0, 10}, {{1}, 1, 10}, {{0, 1}, 5, 7}})), (Flows{{0, 1, 2}}));
}

TEST(Periods, what_was_joined_stays_joined) {
  // The one that joined them has gone, and a fourth meets one of them.
  EXPECT_EQ(split(record_by_hand(3, {{{0}, 0, 20}, {{1}, 1, 20}, {{0, 1}, 5, 7}, {{1, 2}, 9, 12}})),
            (Flows{{0, 1, 2, 3}}));
}

TEST(Periods, a_chain_in_time) {
  EXPECT_EQ(split(record_by_hand(2, {{{0}, 0, 10}, {{1}, 2, 4}, {{0}, 9, 19}, {{0}, 18, 20}, {{0}, 30, 31}})),
            (Flows{{0, 2, 3}, {1}, {4}}));
}

TEST(Periods, equal_starts) {
  EXPECT_EQ(split(record_by_hand(2, {{{0}, 5, 10}, {{0}, 5, 10}, {{1}, 5, 10}})), (Flows{{0, 1}, {2}}));
}

// Every pair of flows that meets is in one period, and every flow in exactly one.
TEST(Periods, hold_for_random_flows) {
  for (std::uint64_t seed = 0; seed < 5; seed++) {
    const Record r = made_up_record(seed, 300, 60000);
    std::vector<std::size_t> period(r.flows.size(), r.flows.size());
    const auto periods = periods_of(r);
    EXPECT_GT(periods.size(), 5U);
    for (std::size_t p = 0; p < periods.size(); p++) {
      EXPECT_TRUE(std::is_sorted(periods[p].flows.begin(), periods[p].flows.end()));
      for (const std::uint32_t i : periods[p].flows) {
        EXPECT_EQ(period[i], r.flows.size());
        period[i] = p;
      }
    }
    for (std::size_t a = 0; a < r.flows.size(); a++)
      for (std::size_t b = 0; b < a; b++) {
        const TrueFlow &f = r.flows[a], &g = r.flows[b];
        if (f.start_ns >= g.end_ns() || g.start_ns >= f.end_ns()) continue;
        for (const LinkId id : f.links)
          if (std::find(g.links.begin(), g.links.end(), id) != g.links.end()) {
            EXPECT_EQ(period[a], period[b]);
          }
      }
  }
}

TEST(Periods, length_classes) {
  EXPECT_EQ(length_class(1), 0U);
  EXPECT_EQ(length_class(2), 1U);
  EXPECT_EQ(length_class(3), 2U);
  EXPECT_EQ(length_class(100), 12U);
  EXPECT_EQ(length_class(101), 13U);
}

std::vector<std::size_t> flows_by_class(const std::vector<std::size_t> &drawn,
                                        const std::vector<std::size_t> &lengths) {
  std::vector<std::size_t> flows(14);
  for (const std::size_t i : drawn) flows[length_class(lengths[i])] += lengths[i];
  return flows;
}

TEST(Sample, all_of_them_once_without_balance) {
  std::vector<std::size_t> lengths = {1, 1, 1, 3, 3, 8, 50, 200};
  Rng rng(1);
  auto drawn = sample(lengths, 0, 0, rng);
  std::sort(drawn.begin(), drawn.end());
  std::vector<std::size_t> all(lengths.size());
  std::iota(all.begin(), all.end(), 0);
  EXPECT_EQ(drawn, all);
}

TEST(Sample, balances_lengths) {
  std::vector<std::size_t> lengths(1000, 1);
  lengths.insert(lengths.end(), 100, 10);
  lengths.insert(lengths.end(), 2, 90);
  Rng rng(1);
  const auto flows = flows_by_class(sample(lengths, 3000, 1, rng), lengths);
  EXPECT_EQ(flows[0], 1000U);
  EXPECT_EQ(flows[5], 1000U);
  EXPECT_NEAR(static_cast<double>(flows[12]), 1000, 90);
  const auto as_is = flows_by_class(sample(lengths, 3000, 0, rng), lengths);
  EXPECT_GT(as_is[0], 4 * as_is[12]);
}

TEST(Sample, takes_none_twice_before_all_of_its_class) {
  Rng rng(3);
  const std::vector<std::size_t> lengths(50, 4);
  const auto drawn = sample(lengths, 200, 1, rng);
  EXPECT_EQ(std::set<std::size_t>(drawn.begin(), drawn.end()).size(), 50U);
  EXPECT_EQ(drawn.size(), 50U);
}

TEST(Sample, seeds_decide) {
  const std::vector<std::size_t> lengths = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  const auto of = [&](std::uint64_t seed) {
    Rng rng(seed);
    return sample(lengths, 30, 0.5, rng);
  };
  EXPECT_EQ(of(1), of(1));
  EXPECT_NE(of(1), of(2));
}

TEST(Group, like_lengths_in_lockstep) {
  Rng rng(1);
  std::vector<std::size_t> lengths, all;
  for (std::size_t i = 0; i < 500; i++) {
    lengths.push_back(1 + rng.below(60));
    all.push_back(i);
  }
  const auto groups = group(all, lengths, 8, 0, rng);
  std::set<std::size_t> seen;
  for (const auto &g : groups) {
    ASSERT_FALSE(g.empty());
    EXPECT_LE(g.size(), 8U);
    EXPECT_LE(lengths[g.back()] * 4, lengths[g.front()] * 5);
    seen.insert(g.begin(), g.end());
  }
  EXPECT_EQ(seen.size(), 500U);
  EXPECT_LT(groups.size(), 110U);
}

TEST(Group, more_of_the_short_ones) {
  Rng rng(1);
  std::vector<std::size_t> lengths(100, 1), all(120);
  lengths.insert(lengths.end(), 20, 30);
  std::iota(all.begin(), all.end(), 0);
  std::vector<std::size_t> sizes;
  for (const auto &g : group(all, lengths, 4, 50, rng)) sizes.push_back(g.size());
  std::sort(sizes.begin(), sizes.end());
  EXPECT_EQ(sizes, (std::vector<std::size_t>{4, 4, 4, 4, 4, 50, 50}));
}

TEST(Record, names_what_is_wrong) {
  const Topology t = leaf_spine({});
  const std::vector<Flow> flows = {{.id = 7, .source = 0, .destination = 1, .bytes = 1000, .start_ns = 5}};
  const auto routes = routes_of(t, flows);
  const std::vector<Completion> truth = {{1000, 900}};
  EXPECT_EQ(record_of("r", t, flows, routes, truth, {}, {}).flows.size(), 1U);
  EXPECT_THROW(record_of("r", t, flows, {}, truth, {}, {}), Error);
  EXPECT_THROW(record_of("r", t, flows, {{}}, truth, {}, {}), Error);
  EXPECT_THROW(record_of("r", t, flows, routes, {{0, 900}}, {}, {}), Error);
  EXPECT_THROW(record_of("r", t, flows, routes, {{std::nan(""), 900}}, {}, {}), Error);
  auto empty = flows;
  empty[0].bytes = 0;
  EXPECT_THROW(record_of("r", t, empty, routes, truth, {}, {}), Error);
}

}  // namespace
}  // namespace liteflow::sim::m4
