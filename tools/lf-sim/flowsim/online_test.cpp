// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/flowsim/online.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "codegen/error.h"
#include "daemon/training/rng.h"
#include "tools/lf-sim/net/fabrics.h"

namespace liteflow::sim {
namespace {

std::vector<Flow> some_flows(std::size_t count, std::uint64_t seed) {
  Rng rng(seed);
  std::vector<Flow> flows;
  std::int64_t now = 0;
  for (std::size_t i = 0; i < count; i++) {
    const auto source = static_cast<NodeId>(rng.below(32));
    const auto destination = static_cast<NodeId>((source + 1 + rng.below(31)) % 32);
    now += static_cast<std::int64_t>(rng.exponential(2000));
    flows.push_back({i, source, destination, 1 + rng.below(100000), now});
  }
  return flows;
}

TEST(RunFlowsim, AFlowAloneTakesItsIdealTime) {
  const Topology topology = fat_tree({});
  for (const std::uint64_t bytes : {1U, 1000U, 1001U, 1000000U}) {
    const std::vector<Flow> flows{{0, 0, 31, bytes, 5000}};
    for (const bool exact : {false, true}) {
      const Completion done = run_flowsim(topology, flows, routes_of(topology, flows), {}, exact)[0];
      EXPECT_NEAR(done.fct_ns, done.ideal_ns, 1e-6 * done.ideal_ns);
    }
  }
}

TEST(RunFlowsim, TwoShareALink) {
  const Topology topology = fat_tree({});
  const std::vector<Flow> flows{{0, 0, 31, 1000000, 0}, {1, 0, 30, 1000000, 0}};
  for (const bool exact : {false, true})
    for (const Completion &done : run_flowsim(topology, flows, routes_of(topology, flows), {}, exact))
      EXPECT_NEAR(done.fct_ns - done.ideal_ns, 1048000 * 0.8, 1);
}

TEST(RunFlowsim, FastIsWithinItsBoundOfExact) {
  const Topology topology = fat_tree({2, 4, 4, 2, 1});
  const std::vector<Flow> flows = some_flows(1500, 3);
  const std::vector<Route> routes = routes_of(topology, flows);
  const auto fast = run_flowsim(topology, flows, routes, {}, false),
             exact = run_flowsim(topology, flows, routes, {}, true);
  double slowest = 0;
  for (std::size_t i = 0; i < flows.size(); i++) {
    EXPECT_NEAR(fast[i].fct_ns, exact[i].fct_ns, 1e-6 * exact[i].fct_ns + 1) << i;
    slowest = std::max(slowest, fast[i].slowdown());
  }
  EXPECT_GT(slowest, 2);
}

TEST(FlowSim, AnswersAsIfAllHadBeenKnown) {
  const Topology topology = fat_tree({2, 4, 4, 2, 1});
  const std::vector<Flow> flows = some_flows(1000, 4);
  const auto known = run_flowsim(topology, flows, routes_of(topology, flows), {}, false);
  FlowSim network(topology, {});
  std::vector<double> done(flows.size());
  double last = 0;
  const auto take = [&](double until) {
    while (const auto next = network.next(until)) {
      EXPECT_GE(next->time_ns, last);
      last = next->time_ns;
      done.at(next->flow) = next->time_ns;
    }
  };
  for (const Flow &flow : flows) {
    take(static_cast<double>(flow.start_ns));
    network.add(flow);
  }
  take(std::numeric_limits<double>::max());
  for (std::size_t i = 0; i < flows.size(); i++)
    EXPECT_NEAR(done[i] - static_cast<double>(flows[i].start_ns), known[i].fct_ns, 1e-6 * known[i].fct_ns + 1) << i;
}

TEST(FlowSim, FlowsMayBeToldEarly) {
  const Topology topology = fat_tree({});
  const std::vector<Flow> flows{{7, 0, 31, 5000, 0}, {8, 0, 31, 5000, 1000000}};
  FlowSim network(topology, {});
  network.add(flows[1]);
  network.add(flows[0]);
  EXPECT_EQ(network.next(1e9)->flow, 7U);
  EXPECT_FALSE(network.next(500000));
  const auto second = network.next(1e9);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->flow, 8U);
  EXPECT_GT(second->time_ns, 1000000);
  EXPECT_FALSE(network.next(1e9));
  EXPECT_THROW(network.add(flows[0]), Error);
  EXPECT_THROW(network.add({9, 1, 1, 5, 2000000000}), Error);
}

}  // namespace
}  // namespace liteflow::sim
