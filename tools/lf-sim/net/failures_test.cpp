// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/net/failures.h"

#include <gtest/gtest.h>

#include "codegen/error.h"
#include "tools/lf-sim/net/fabrics.h"
#include "tools/lf-sim/net/flows.h"
#include "tools/lf-sim/net/routing.h"

namespace liteflow::sim {
namespace {

// From each host to each.
std::vector<Flow> all_pairs(const Topology &topology) {
  std::vector<Flow> flows;
  for (const NodeId a : topology.hosts())
    for (const NodeId b : topology.hosts())
      if (a != b) flows.push_back({flows.size(), a, b, 1000, 0});
  return flows;
}

TEST(Failures, HostsStillMeetWithoutTheCables) {
  const Topology whole = fat_tree({});
  for (std::uint64_t seed = 1; seed <= 20; seed++) {
    const Topology left = without_cables(whole, 10, seed);
    EXPECT_EQ(left.links().size(), whole.links().size() - 20);
    for (const Route &route : routes_of(left, all_pairs(left))) EXPECT_FALSE(route.empty());
  }
}

TEST(Failures, NoMoreFailThanHostsCanDoWithout) {
  const Topology lot = parking_lot({});
  EXPECT_EQ(without_cables(lot, 0, 1).links().size(), lot.links().size());
  EXPECT_THROW(without_cables(lot, 1, 1), Error);
  const Topology fabric = leaf_spine({.leaves = 2, .spines = 4, .hosts = 1});
  EXPECT_EQ(without_cables(fabric, 3, 1).links().size(), fabric.links().size() - 6);
  EXPECT_THROW(without_cables(fabric, 7, 1), Error);
}

TEST(Failures, OfTheFirstHostsOnlyAreSlow) {
  const Topology whole = fat_tree({}), slow = with_slow_hosts(whole, 3, 4);
  for (std::size_t i = 0; i < whole.links().size(); i++) {
    const Link &link = whole.links()[i];
    const bool of_first = link.from < 3 || link.to < 3;
    EXPECT_EQ(slow.links()[i].rate, of_first ? link.rate / 4 : link.rate) << i;
  }
  EXPECT_THROW(with_slow_hosts(whole, 33, 4), Error);
  EXPECT_THROW(with_slow_hosts(whole, 3, 0.5), Error);
}

}  // namespace
}  // namespace liteflow::sim
