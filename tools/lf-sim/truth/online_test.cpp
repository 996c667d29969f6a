// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/truth/online.h"

#include <gtest/gtest.h>

#include <limits>

#include "tools/lf-sim/net/test_file.h"
#include "tools/lf-sim/truth/test_network.h"

namespace liteflow::sim {
namespace {

constexpr double kEver = std::numeric_limits<double>::infinity();

TEST(Ns3Network, an_opened_pair_takes_the_ideal_time) {
  const Topology net = star(3);
  Ns3Network network(net, {}, {{0, 1}, {1, 2}});
  const Flow flow{7, 0, 1, 10'000, 500};
  network.add(flow);
  const auto done = network.next(kEver);
  ASSERT_TRUE(done);
  EXPECT_EQ(done->flow, 7U);
  EXPECT_NEAR(done->time_ns, 500 + ideal_ns({}, net, routes_of(net, {flow})[0], flow.bytes), 0.01);
  EXPECT_FALSE(network.next(kEver));
}

TEST(Ns3Network, another_pair_shakes_hands_first) {
  const Topology net = star(3);
  Ns3Network network(net, {}, {{0, 1}});
  const Flow flow{7, 1, 0, 10'000, 0};
  network.add(flow);
  const Route route = routes_of(net, {flow})[0];
  EXPECT_NEAR(network.next(kEver)->time_ns, ideal_ns({}, net, route, 10'000) + 2 * ideal_ns({}, net, route, 1), 100);
}

TEST(Ns3Network, time_stands_where_it_was_asked_to) {
  const Topology net = star(3);
  Ns3Network network(net, {});
  EXPECT_FALSE(network.next(1'000));
  EXPECT_EQ(error_of(TestFile(), [&] { network.add({1, 0, 1, 1, 999}); }),
            "flow 1: starts at 999 ns, but it is 1000 ns already");
  network.add({1, 0, 1, 1'000'000, 1'000});
  EXPECT_FALSE(network.next(5'000));
  EXPECT_FALSE(network.next(6'000));
  const auto done = network.next(kEver);
  ASSERT_TRUE(done);
  EXPECT_GT(done->time_ns, 800'000);
  EXPECT_FALSE(network.next(done->time_ns));
}

TEST(Ns3Network, completions_at_one_time_all_come) {
  const Topology net = star(4);
  Ns3Network network(net, {}, {{0, 1}, {2, 3}});
  network.add({1, 0, 1, 5'000, 0});
  network.add({2, 2, 3, 5'000, 0});
  const auto first = network.next(kEver), second = network.next(kEver);
  ASSERT_TRUE(first && second);
  EXPECT_NEAR(first->time_ns, second->time_ns, 0.01);
  EXPECT_NE(first->flow, second->flow);
}

// A ring of four hosts: each step's flows begin when the step before them is done. The window has grown by the third.
TEST(Ns3Network, runs_a_ring) {
  const Topology net = star(4);
  Ns3Network network(net, {}, {{0, 1}, {1, 2}, {2, 3}, {3, 0}});
  const double ideal = ideal_ns({}, net, routes_of(net, {{0, 0, 1, 1, 0}})[0], 100'000);
  double begin = 0;
  for (std::uint64_t step = 0; step < 6; step++) {
    for (NodeId host = 0; host < 4; host++)
      network.add({step * 4 + host, host, (host + 1) % 4, 100'000, std::llround(begin)});
    double last = 0;
    for (int i = 0; i < 4; i++) last = network.next(kEver)->time_ns;
    EXPECT_GE(last - begin, ideal - 1);
    EXPECT_LE(last - begin, ideal * 1.2);
    begin = last;
  }
  EXPECT_FALSE(network.next(kEver));
}

TEST(Ns3Network, what_does_not_fit_is_refused) {
  const Topology net = star(3);
  const auto told = [&](const auto &call) { return error_of(TestFile(), call); };
  EXPECT_EQ(told([&] { Ns3Network(net, {}, {{0, 3}}); }), "a pair: node 3 is no host of the topology");
  Ns3Network network(net, {});
  EXPECT_EQ(told([&] { network.add({4, 0, 9, 1, 0}); }), "flow 4: node 9 is no host of the topology");
  EXPECT_EQ(told([&] { network.add({4, 1, 1, 1, 0}); }), "flow 4: goes from node 1 to itself");
  EXPECT_EQ(told([&] { network.add({4, 1, 2, 0, 0}); }), "flow 4: has no bytes");
  EXPECT_EQ(told([&] { Ns3Network(net, {}); }),
            "ns-3 can run one simulation at a time in a process: end the other one first");
}

}  // namespace
}  // namespace liteflow::sim
