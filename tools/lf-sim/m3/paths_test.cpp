// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/m3/paths.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "codegen/error.h"
#include "tools/lf-sim/m3/test_paths.h"

namespace liteflow::sim::m3 {
namespace {

struct Net {
  Topology topology;
  std::vector<Flow> flows;
  std::vector<Route> routes;

  void add(const std::vector<NodeId> &nodes, std::uint64_t bytes = 1000) {
    flows.push_back({flows.size(), nodes.front(), nodes.back(), bytes, static_cast<std::int64_t>(flows.size()) * 10});
    routes.push_back(route_over(topology, nodes));
  }
  Paths paths() const { return {topology, flows, routes}; }
};

// first, last, flow
using Places = std::vector<std::array<std::size_t, 3>>;
Places places(const Lot &lot) {
  Places all;
  for (const Part &p : lot.parts) all.push_back({p.first, p.last, p.flow});
  return all;
}

TEST(Paths, renumbers_a_path_and_its_flows) {
  Net net{small_fabric(), {}, {}};
  net.add({0, 4, 6, 5, 2}, 700);  // the path's own
  net.add({1, 4, 6, 5, 3});       // up and down with it
  net.add({0, 4, 1});             // only its first link
  net.add({3, 5, 2});             // only its last one
  net.add({2, 5, 6, 4, 0});       // the other way round
  net.add({1, 4, 7, 5, 3});       // over another spine
  net.add({0, 4, 6, 5, 2}, 900);
  const Lot lot = net.paths().lot(net.routes[0]);
  EXPECT_EQ(places(lot), (Places{{0, 4, 0}, {1, 3, 1}, {0, 1, 2}, {3, 4, 3}, {0, 4, 6}}));
  EXPECT_TRUE(lot.foreground(lot.parts[0]));
  EXPECT_FALSE(lot.foreground(lot.parts[1]));
  EXPECT_TRUE(lot.foreground(lot.parts[4]));
  EXPECT_EQ(lot.parts[4].bytes, 900U);
  EXPECT_EQ(lot.parts[4].start_ns, 60);
  ASSERT_EQ(lot.links.size(), 4U);
  EXPECT_EQ(lot.nodes(), 5U);
  EXPECT_EQ(lot.links[0].rate, 10);
  EXPECT_EQ(lot.links[1].rate, 40);
  EXPECT_EQ(lot.cap, 10);
}

TEST(Paths, splits_a_flow_that_leaves_and_comes_back) {
  Net net{small_fabric(), {}, {}};
  net.add({0, 4, 6, 5, 2});
  net.add({0, 4, 7, 5, 2}, 5000);
  const Lot lot = net.paths().lot(net.routes[0]);
  EXPECT_EQ(places(lot), (Places{{0, 4, 0}, {0, 1, 1}, {3, 4, 1}}));
  for (const std::size_t i : {1U, 2U}) {
    EXPECT_FALSE(lot.foreground(lot.parts[i]));
    EXPECT_EQ(lot.parts[i].bytes, 5000U);
    EXPECT_EQ(lot.parts[i].start_ns, 10);
  }
}

TEST(Paths, a_slow_end_does_not_hold_back_the_others) {
  Net net{small_fabric(), {}, {}};
  net.add({0, 4, 6, 5, 2});
  net.topology.set_rate(net.routes[0][0], 1);
  EXPECT_EQ(net.paths().lot(net.routes[0]).cap, 10);
}

// Of any network and path: what the parts use is what the flows use of the path's links.
TEST(Paths, a_lot_holds_each_use_of_a_link_once) {
  Rng rng(1);
  Net net{small_fabric(), {}, {}};
  for (int i = 0; i < 300; i++) {
    const auto a = static_cast<NodeId>(rng.below(4)), b = static_cast<NodeId>((a + 1 + rng.below(3)) % 4);
    const auto spine = static_cast<NodeId>(6 + rng.below(2));
    if (a / 2 == b / 2) net.add({a, 4 + a / 2, b});
    else net.add({a, 4 + a / 2, spine, 4 + b / 2, b});
  }
  const Paths paths = net.paths();
  for (const Route &path : net.routes) {
    const Lot lot = paths.lot(path);
    std::multiset<std::pair<std::size_t, std::size_t>> uses, expected;
    for (const Part &p : lot.parts) {
      for (std::size_t link = p.first; link < p.last; link++) uses.emplace(p.flow, link);
      ASSERT_EQ(lot.foreground(p), net.routes[p.flow] == path);
    }
    for (std::size_t f = 0; f < net.flows.size(); f++)
      for (const LinkId link : net.routes[f])
        if (const auto at = std::find(path.begin(), path.end(), link); at != path.end())
          expected.emplace(f, at - path.begin());
    ASSERT_EQ(uses, expected);
    ASSERT_TRUE(std::is_sorted(lot.parts.begin(), lot.parts.end(), [](const Part &a, const Part &b) {
      return std::pair(a.flow, a.first) < std::pair(b.flow, b.first);
    }));
  }
}

TEST(Paths, draws_in_proportion_to_the_flows) {
  Net net{small_fabric(), {}, {}};
  const std::vector<std::pair<std::vector<NodeId>, int>> shares = {
      {{0, 4, 1}, 1}, {{0, 4, 6, 5, 2}, 2}, {{0, 4, 7, 5, 2}, 7}};
  for (const auto &[nodes, flows] : shares)
    for (int i = 0; i < flows; i++) net.add(nodes);
  constexpr std::size_t kDraws = 20000;
  const auto sampled = net.paths().sample(kDraws, 7);
  ASSERT_EQ(sampled.size(), 3U);
  std::map<Route, std::size_t> counts;
  for (const SampledPath &s : sampled) counts[net.routes[s.flow]] += s.count;
  std::size_t all = 0;
  for (const auto &[nodes, flows] : shares) {
    const double share = flows / 10.0, deviation = std::sqrt(kDraws * share * (1 - share));
    const std::size_t count = counts[route_over(net.topology, nodes)];
    EXPECT_NEAR(static_cast<double>(count), kDraws * share, 4 * deviation);
    all += count;
  }
  EXPECT_EQ(all, kDraws);
}

TEST(Paths, the_same_seed_draws_the_same) {
  Net net{small_fabric(), {}, {}};
  for (int i = 0; i < 20; i++) net.add({static_cast<NodeId>(i % 2), 4, static_cast<NodeId>(6 + i % 2), 5, 2});
  const auto drawn = [&](std::uint64_t seed) {
    std::vector<std::pair<std::size_t, std::size_t>> all;
    for (const SampledPath &s : net.paths().sample(50, seed)) all.emplace_back(s.flow, s.count);
    return all;
  };
  EXPECT_EQ(drawn(1), drawn(1));
  EXPECT_NE(drawn(1), drawn(2));
}

TEST(Paths, refuses_what_has_no_paths) {
  const Topology t = small_fabric();
  EXPECT_THROW(Paths(t, {}, {}), Error);
  EXPECT_THROW(empty_lot({}), Error);
}

}  // namespace
}  // namespace liteflow::sim::m3
