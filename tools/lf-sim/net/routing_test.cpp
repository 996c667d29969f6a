// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/net/routing.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "codegen/error.h"
#include "tools/lf-sim/net/fabrics.h"

namespace liteflow::sim {
namespace {

TEST(Ecmp, TakesShortestPathsFromEndToEnd) {
  const Topology topology = fat_tree({});
  Ecmp ecmp(topology);
  for (const auto &[destination, hops] : {std::pair<NodeId, std::size_t>{1, 2}, {4, 4}, {31, 6}}) {
    const Route route = ecmp.route(0, destination, key_of(0, destination, 0));
    ASSERT_EQ(route.size(), hops);
    EXPECT_EQ(topology.link(route.front()).from, 0U);
    EXPECT_EQ(topology.link(route.back()).to, destination);
    for (std::size_t i = 1; i < hops; i++) {
      EXPECT_EQ(topology.link(route[i]).from, topology.link(route[i - 1]).to);
      EXPECT_TRUE(topology.is_switch(topology.link(route[i]).from));
    }
  }
}

TEST(Ecmp, SpreadsFlowsEvenly) {
  const Topology topology = fat_tree({});  // two planes of four spines: eight ways between pods
  Ecmp ecmp(topology);
  std::vector<int> taken(topology.nodes());
  for (std::uint32_t i = 0; i < 8000; i++) taken[topology.link(ecmp.route(0, 31, key_of(0, 31, i))[3]).from]++;
  int ways = 0;
  for (const int count : taken) {
    if (count == 0) continue;
    ways++;
    EXPECT_NEAR(count, 1000, 150);
  }
  EXPECT_EQ(ways, 8);
}

TEST(Ecmp, SameKeySameRoute) {
  const Topology topology = fat_tree({});
  Ecmp one(topology), other(topology);
  other.route(5, 9, 1);  // what was asked before does not matter
  for (std::uint32_t i = 0; i < 50; i++) EXPECT_EQ(one.route(0, 31, i), other.route(0, 31, i));
}

TEST(Ecmp, NoWayLeadsOverAHost) {
  Topology topology(4);  // 0 - s3 - 1, 1 has a second cable to 2
  topology.set_switch(3);
  topology.add_cable(0, 3, 10, 0);
  topology.add_cable(1, 3, 10, 0);
  topology.add_cable(1, 2, 10, 0);
  Ecmp ecmp(topology);
  EXPECT_EQ(ecmp.route(1, 2, 0).size(), 1U);
  EXPECT_THROW(ecmp.route(0, 2, 0), Error);
}

TEST(Ecmp, HostsWithoutASwitchAreReached) {
  Topology pair(2);
  pair.add_cable(0, 1, 10, 0);
  EXPECT_EQ(Ecmp(pair).route(1, 0, 0), Route{1});
  EXPECT_THROW(Ecmp(pair).next(0, 0, 0), Error);
}

TEST(Ecmp, SpreadsAsHashesDoOnAverage) {
  const Topology topology = fat_tree({});
  Ecmp ecmp(topology);
  std::vector<double> sent(topology.nodes()), loads(topology.links().size()), counted(topology.links().size());
  sent[0] = 1;   // of the other pod
  sent[17] = 2;  // of a rack beside that of 31
  sent[30] = 3;  // of its rack
  ecmp.spread(31, sent, loads);
  constexpr std::uint32_t kFlows = 4000;
  for (const NodeId source : {0U, 17U, 30U})
    for (std::uint32_t i = 0; i < kFlows; i++)
      for (const LinkId link : ecmp.route(source, 31, key_of(source, 31, i))) counted[link] += sent[source] / kFlows;
  for (LinkId link = 0; link < loads.size(); link++) EXPECT_NEAR(loads[link], counted[link], 0.06) << link;
  EXPECT_EQ(loads[Topology::reverse(topology.out(31)[0])], 6);
  EXPECT_EQ(std::count(loads.begin(), loads.end(), 0.125), 16) << "up to and down from eight spines";
}

TEST(Routes, FlowsOfAPairAreNumbered) {
  const std::vector<Flow> flows{{0, 0, 31, 1, 0}, {1, 31, 0, 1, 0}, {2, 0, 31, 1, 0}, {3, 0, 31, 1, 0}};
  EXPECT_EQ(numbers_of_pairs(flows), (std::vector<std::uint32_t>{0, 0, 1, 2}));
  const Topology topology = fat_tree({});
  const std::vector<Route> routes = routes_of(topology, flows);
  Ecmp ecmp(topology);
  EXPECT_EQ(routes[3], ecmp.route(0, 31, key_of(0, 31, 2)));
  EXPECT_NE(key_of(0, 31, 0), key_of(31, 0, 0));
}

}  // namespace
}  // namespace liteflow::sim
