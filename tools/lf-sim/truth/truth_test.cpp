// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/truth/truth.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "tools/lf-sim/net/test_file.h"
#include "tools/lf-sim/truth/test_network.h"
#include "tools/lf-sim/truth/trace.h"

namespace liteflow::sim {
namespace {

bool same(const TruthRun &a, const TruthRun &b) {
  for (std::size_t i = 0; i < a.completions.size(); i++)
    if (a.completions[i].fct_ns != b.completions[i].fct_ns || a.waited_ns[i] != b.waited_ns[i]) return false;
  return a.completions.size() == b.completions.size() && a.link_bytes == b.link_bytes && a.events == b.events;
}

// Sizes that the first window holds go out in one piece: to the picosecond of ns-3's clock.
TEST(Truth, a_flow_alone_within_its_first_window_takes_the_ideal_time) {
  for (const std::size_t hosts : {3U, 5U, 7U}) {
    const Topology path = parking_lot({.hosts = hosts});
    for (const std::uint64_t bytes : {1U, 100U, 999U, 1000U, 1001U, 5'500U, 10'000U}) {
      const TruthRun run = run_of(path, {{0, 0, static_cast<NodeId>(hosts - 1), bytes, 0}});
      EXPECT_NEAR(run.completions[0].fct_ns, run.completions[0].ideal_ns, 0.01) << hosts << " hosts " << bytes;
      EXPECT_EQ(run.late, 0U);
      EXPECT_EQ(run.waited_ns[0], 0);
    }
  }
}

// Larger ones wait while the window grows to what is under way: less than a round trip for each doubling.
TEST(Truth, a_flow_alone_takes_the_ideal_time_but_for_the_growing_window) {
  for (const std::size_t hosts : {3U, 7U}) {
    const Topology path = parking_lot({.hosts = hosts});
    for (const std::uint64_t bytes : {20'000U, 100'000U, 1'000'000U}) {
      const TruthRun run = run_of(path, {{0, 0, static_cast<NodeId>(hosts - 1), bytes, 0}});
      const double way = ideal_ns({}, path, routes_of(path, {{0, 0, static_cast<NodeId>(hosts - 1), 1, 0}})[0], 1000);
      const double under_way = 2 * way * 10 / 8 / 1048;  // packets
      const double doublings = std::max(0.0, std::ceil(std::log2(under_way / 10)));
      EXPECT_GE(run.completions[0].fct_ns, run.completions[0].ideal_ns);
      // DCTCP backs off at marks of its own host's queue, which it fills: a little is lost.
      EXPECT_LE(run.completions[0].fct_ns, run.completions[0].ideal_ns * 1.01 + doublings * 2 * way)
          << hosts << " hosts " << bytes;
    }
  }
}

TEST(Truth, two_flows_share_a_link) {
  const std::vector<Flow> flows = {{0, 0, 2, 2'000'000, 0}, {1, 1, 2, 2'000'000, 0}};
  const TruthRun run = run_of(star(3), flows);
  for (const Completion &c : run.completions) EXPECT_NEAR(c.slowdown(), 2, 0.1);
  const double last = std::max(run.completions[0].fct_ns, run.completions[1].fct_ns);
  EXPECT_NEAR(last / run.completions[0].ideal_ns, 2, 0.03);  // the link is never idle
  EXPECT_GT(run.marked, 0U);
  EXPECT_EQ(run.dropped, 0U);
}

// A flow that starts when another is half done has half of the link until then.
TEST(Truth, a_later_flow_takes_its_share) {
  const std::vector<Flow> flows = {{0, 0, 2, 3'000'000, 0}, {1, 1, 2, 1'000'000, 1'000'000}};
  const TruthRun run = run_of(star(3), flows);
  EXPECT_NEAR(run.completions[0].slowdown(), 4.0 / 3, 0.07);
  EXPECT_GT(run.completions[1].slowdown(), 1.6);
  EXPECT_LT(run.completions[1].slowdown(), 3);  // the window of the first one is down only after some round trips
}

// Short flows look at the queue while three long ones fill it.
TEST(Truth, the_threshold_keeps_the_queue_near_it) {
  for (const double k : {30.0, 100.0}) {
    std::vector<Flow> flows;
    for (NodeId i = 0; i < 3; i++) flows.push_back({i, i, 4, 1'200'000, 0});
    for (std::uint64_t i = 0; i < 100; i++)
      flows.push_back({3 + i, 3, 4, 1, 500'000 + static_cast<std::int64_t>(i) * 20'011});
    TcpSettings settings;
    settings.ecn_k_kb = k;
    const TestFile file;
    const TruthRun run = run_of(star(5), flows, settings, file.path());
    TraceReader reader(file.path());
    std::vector<double> queues;
    for (TraceEvent event; reader.next(event);)
      if (event.arrival && event.flow >= 3) queues.push_back(static_cast<double>(event.queues[1]) / 1000);
    ASSERT_EQ(queues.size(), 100U);
    const double mean = std::accumulate(queues.begin(), queues.end(), 0.0) / 100;
    EXPECT_GT(mean, 0.6 * k);
    EXPECT_LT(mean, 1.4 * k);
    EXPECT_EQ(run.dropped, 0U);
  }
}

TEST(Truth, all_flows_of_a_busy_fabric_complete_and_none_beats_the_ideal_time) {
  const Topology tree = fat_tree({});
  const std::vector<Flow> flows = random_flows(tree, 300, 200, 1);
  const TruthRun run = run_of(tree, flows);
  ASSERT_EQ(run.completions.size(), flows.size());
  for (const Completion &c : run.completions) EXPECT_GE(c.fct_ns, c.ideal_ns - 0.01);
  EXPECT_EQ(run.late, 0U);
}

TEST(Truth, the_same_seed_gives_the_same_run_and_jitter_changes_it_a_little) {
  const Topology tree = fat_tree({});
  const std::vector<Flow> flows = random_flows(tree, 150, 200, 2);
  TcpSettings settings;
  const TruthRun first = run_of(tree, flows, settings);
  EXPECT_TRUE(same(first, run_of(tree, flows, settings)));
  settings.seed = 2;
  EXPECT_TRUE(same(first, run_of(tree, flows, settings)));  // nothing is drawn
  settings.jitter_ns = 200;
  const TruthRun moved = run_of(tree, flows, settings);
  EXPECT_TRUE(same(moved, run_of(tree, flows, settings)));
  std::size_t changed = 0;
  double sum = 0, other = 0;
  for (std::size_t i = 0; i < flows.size(); i++) {
    changed += std::abs(moved.completions[i].fct_ns - first.completions[i].fct_ns) > 1;
    sum += first.completions[i].slowdown();
    other += moved.completions[i].slowdown();
  }
  EXPECT_GT(changed, 20U);
  EXPECT_NEAR(other / sum, 1, 0.1);
  settings.seed = 3;
  EXPECT_FALSE(same(moved, run_of(tree, flows, settings)));
}

// Every byte of a flow, and nothing but its acknowledgements back, is on the links of its route.
TEST(Truth, flows_keep_to_their_routes) {
  const Topology tree = fat_tree({});
  std::vector<Flow> flows;
  for (std::uint64_t i = 0; i < 8; i++) flows.push_back({i, 0, 31, 100'000, 0});  // to the other pod
  std::vector<Route> routes = routes_of(tree, flows);
  const auto check = [&](const TruthRun &run) {
    std::vector<double> forward(tree.links().size()), back(tree.links().size());
    for (std::size_t i = 0; i < flows.size(); i++)
      for (const LinkId link : routes[i]) {
        forward[link] += wire_bits({}, flows[i].bytes) / 8;
        back[Topology::reverse(link)] += 48 * 100;
      }
    for (std::size_t link = 0; link < tree.links().size(); link++) {
      // Handshakes and what closes connections: below 1,000 bytes for each flow. The last acknowledgements are still
      // under way.
      EXPECT_GE(static_cast<double>(run.link_bytes[link]), forward[link] + 0.9 * back[link]);
      EXPECT_LE(static_cast<double>(run.link_bytes[link]),
                forward[link] + back[link] + (forward[link] + back[link] > 0 ? 8'000 : 0));
    }
  };
  check(run_truth(tree, flows, routes, {}));
  std::map<LinkId, int> second;
  for (const Route &route : routes) second[route[1]]++;
  EXPECT_EQ(second.size(), 2U);  // they don't all take the same way
  for (Route &route : routes) route = routes[0];
  check(run_truth(tree, flows, routes, {}));
}

TEST(Truth, the_window_bounds_what_is_under_way) {
  const Topology path = parking_lot({.hosts = 7});
  TcpSettings settings;
  settings.window_kb = 5;
  const TruthRun run = run_of(path, {{0, 0, 6, 500'000, 0}}, settings);
  const Route route = routes_of(path, {{0, 0, 6, 1, 0}})[0];
  const double round = ideal_ns({}, path, route, 1000) + ideal_ns({}, path, route, 1);
  EXPECT_NEAR(run.completions[0].fct_ns, 100 * round, 5 * round);
}

TEST(Truth, full_buffers_drop_and_what_is_lost_is_sent_again) {
  std::vector<Flow> flows;
  for (NodeId i = 0; i < 8; i++) flows.push_back({i, i, 8, 300'000, 0});
  TcpSettings settings;
  settings.transport = Congestion::newreno;
  settings.ecn_k_kb = 0;
  settings.buffer_kb = 40;
  const TruthRun run = run_of(star(9), flows, settings);
  EXPECT_GT(run.dropped, 0U);
  for (const Completion &c : run.completions) EXPECT_GT(c.fct_ns, c.ideal_ns);
}

// SYN and SYN-ACK: a round trip of packets that carry no bytes.
TEST(Truth, the_applications_clock_has_the_handshake_inside) {
  const Topology path = parking_lot({.hosts = 3});
  TcpSettings settings;
  settings.open_at_start = true;
  const std::vector<Flow> flows = {{0, 0, 2, 5'000, 7}};
  const TruthRun run = run_of(path, flows, settings);
  // Behind the acknowledgement that ends the handshake.
  EXPECT_NEAR(run.completions[0].fct_ns, run.completions[0].ideal_ns + 48 * 8 / 10.0, 0.01);
  const double shake = run.waited_ns[0], round = 2 * ideal_ns({}, path, routes_of(path, flows)[0], 1);
  EXPECT_NEAR(shake, round, 100);
  EXPECT_EQ(application_clock(run)[0].fct_ns, run.completions[0].fct_ns + shake);
  EXPECT_EQ(run.late, 0U);
}

// The second flow's handshake waits behind the first one's bytes for longer than the lead.
TEST(Truth, a_late_connection_is_counted) {
  TcpSettings settings;
  settings.transport = Congestion::cubic;
  settings.ecn_k_kb = 0;
  settings.lead_ms = 0.1;
  settings.first_window = 500;
  const std::vector<Flow> flows = {{0, 0, 2, 2'000'000, 0}, {1, 1, 2, 2'000'000, 0}, {2, 3, 2, 1'000, 500'000}};
  const TruthRun run = run_of(star(4), flows, settings);
  EXPECT_EQ(run.late, 1U);
  EXPECT_GT(run.waited_ns[2], 0);
}

TEST(Truth, what_does_not_fit_is_refused) {
  const Topology net = star(3);
  const std::vector<Flow> flows = {{5, 0, 1, 1000, 10}, {6, 1, 2, 1000, 20}};
  const std::vector<Route> routes = routes_of(net, flows);
  const auto told = [&](std::vector<Flow> f, const std::vector<Route> &r, const TcpSettings &s = {}) {
    return error_of(TestFile(), [&] { run_truth(net, f, r, s); });
  };
  EXPECT_EQ(told(flows, routes), "");
  EXPECT_EQ(told({}, {}), "");
  EXPECT_EQ(told(flows, {routes[0]}), "1 routes for 2 flows: give one to each");
  EXPECT_EQ(told(flows, {routes[0], routes[0]}), "flow 6: its route is broken at node 1");
  EXPECT_EQ(told(flows, {routes[0], {routes[1][0]}}), "flow 6: its route does not lead from node 1 to node 2");
  EXPECT_EQ(told({flows[0], {6, 1, 2, 0, 20}}, routes), "flow 6: has no bytes");
  EXPECT_EQ(told({flows[0], {6, 1, 2, 1, 5}}, routes), "flow 6: starts before the one before it: sort them by start");
  TcpSettings settings;
  settings.lead_ms = -1;
  EXPECT_EQ(told(flows, routes, settings), "settings: lead_ms = -1: must lie in [0.1, 1000]");
  settings.lead_ms = 1;
  settings.limit_s = 1e-3;
  EXPECT_EQ(told({flows[0], {6, 1, 2, 20'000'000, 20}}, routes, settings),
            "1 of 2 flows are not done 0.001 s after the last start, the first of them flow 6: raise limit_s or lower "
            "the load");
  EXPECT_EQ(told(flows, routes), "");  // and the next one is not held up by it
}

}  // namespace
}  // namespace liteflow::sim
