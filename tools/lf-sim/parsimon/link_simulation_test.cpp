// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/parsimon/link_simulation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <numeric>

#include "codegen/error.h"
#include "daemon/training/rng.h"

namespace liteflow::sim::parsimon {
namespace {

const Wire kWire;                 // 1048 bytes a packet
constexpr double kPacket = 1048;  // bytes
constexpr double kFull = kPacket * 8;
constexpr double kNever = std::numeric_limits<double>::infinity();

PortSpec port(double rate, double mark = 60 * kPacket, double buffer = 400 * kPacket) { return {rate, mark, buffer}; }

// A link of 10 Gbit/s, sources as fast as it, 14 us round trip.
LinkSpec link_of(std::size_t sources, double source_rate = 10) {
  return {.link = port(10), .sources = std::vector<PortSpec>(sources, port(source_rate)), .flows = {}};
}

LinkFlow flow(std::uint64_t bytes, std::uint32_t source = 0, double start_ns = 0) {
  return {start_ns, bytes, source, 3000, 3000, 6000};
}

// Sizes and starts at random, at about this load.
LinkSpec busy_link(std::size_t flows, double load, std::uint64_t seed) {
  Rng rng(seed);
  LinkSpec spec = link_of(8);
  double now = 0;
  for (std::size_t i = 0; i < flows; i++) {
    const auto bytes = static_cast<std::uint64_t>(rng.log_uniform(100, 1e6));
    now += rng.exponential(108600 * 8 / (10 * load));  // the mean of those sizes
    spec.flows.push_back(flow(bytes, static_cast<std::uint32_t>(rng.below(8)), now));
  }
  return spec;
}

std::uint64_t packets_of(const LinkSpec &spec) {
  return std::accumulate(spec.flows.begin(), spec.flows.end(), std::uint64_t{0},
                         [](std::uint64_t n, const LinkFlow &f) { return n + (f.bytes + 999) / 1000; });
}

void expect_conserved(const LinkSpec &spec, const LinkRun &run) {
  EXPECT_EQ(run.packets, packets_of(spec));
  EXPECT_EQ(run.sent, run.packets + run.dropped);
  for (std::size_t i = 0; i < run.fct_ns.size(); i++) ASSERT_GE(run.fct_ns[i], run.alone_ns[i] * (1 - 1e-9)) << i;
}

TEST(LinkSimulation, a_flow_alone_takes_what_it_must) {
  for (const std::uint64_t bytes : {1ULL, 1000ULL, 1001ULL, 9999ULL, 10001ULL, 30500ULL, 35000ULL}) {
    for (const double source_rate : {5.0, 10.0, 40.0}) {
      LinkSpec spec = link_of(1, source_rate);
      spec.flows = {flow(bytes, 0, 12345)};
      const LinkRun run = simulate_link(spec, kWire, {});
      EXPECT_NEAR(run.fct_ns[0], run.alone_ns[0], 1e-6) << bytes << " at " << source_rate;
      EXPECT_EQ(run.marked, 0U);
    }
  }
}

TEST(LinkSimulation, a_flow_alone_on_its_own_link_takes_what_it_must) {
  LinkSpec spec = link_of(0);
  spec.flows = {{0, 25500, 0, 0, 6000, 6000}};
  const LinkRun run = simulate_link(spec, kWire, {});
  EXPECT_NEAR(run.fct_ns[0], run.alone_ns[0], 1e-6);
  EXPECT_NEAR(run.fct_ns[0], 25 * kFull / 10 + 548 * 8 / 10.0 + 6000 + 12000 + kFull / 10 - 10 * kFull / 10, 1e-6);
}

// Long enough for slow start to be nothing beside it, and never idle from then on.
TEST(LinkSimulation, a_long_flow_alone_fills_the_link) {
  LinkSpec spec = link_of(1, 40);
  spec.flows = {flow(20000000)};
  const LinkRun run = simulate_link(spec, kWire, {});
  EXPECT_GT(run.marked, 0U);
  EXPECT_EQ(run.dropped, 0U);
  EXPECT_LT(run.fct_ns[0], 1.005 * run.alone_ns[0]);
  expect_conserved(spec, run);
}

TEST(LinkSimulation, two_flows_share) {
  for (const Control control : {Control::dctcp, Control::newreno, Control::cubic}) {
    LinkSpec spec = link_of(2, 40);
    if (control != Control::dctcp)
      for (PortSpec *p : {&spec.link, &spec.sources[0], &spec.sources[1]}) p->mark_bytes = kNever;
    spec.flows = {flow(5000000, 0), flow(5000000, 1, 10)};
    const LinkRun run = simulate_link(spec, kWire, {.control = control});
    expect_conserved(spec, run);
    // Together they take what both need; each about twice what one needs.
    const double most = std::max(run.fct_ns[0], run.fct_ns[1]), least = std::min(run.fct_ns[0], run.fct_ns[1]);
    EXPECT_NEAR(most / run.alone_ns[0], 2, 0.1) << static_cast<int>(control);
    EXPECT_GT(least / run.alone_ns[0], 1.8) << static_cast<int>(control);
  }
}

TEST(LinkSimulation, flows_of_one_source_share_its_link) {
  LinkSpec spec = link_of(1);
  spec.link = port(40);
  spec.flows = {flow(5000000), flow(5000000)};
  const LinkRun run = simulate_link(spec, kWire, {});
  EXPECT_NEAR(std::max(run.fct_ns[0], run.fct_ns[1]) / run.alone_ns[0], 2, 0.1);
  EXPECT_EQ(run.mean_queue_bytes, 0);  // they wait at the source
}

TEST(LinkSimulation, without_the_link_only_sources_delay) {
  LinkSpec spec = link_of(3);
  spec.flows = {flow(500000, 0), flow(500000, 0), flow(500000, 1), flow(500000, 2)};
  const LinkRun with = simulate_link(spec, kWire, {}), without = simulate_link(without_link(spec, kWire), kWire, {});
  EXPECT_GT(with.fct_ns[2], 2.5 * with.alone_ns[2]);
  EXPECT_NEAR(without.fct_ns[2] / without.alone_ns[2], 1, 0.02);
  EXPECT_NEAR(std::max(without.fct_ns[0], without.fct_ns[1]) / without.alone_ns[0], 2, 0.1);
  // As far away as with it.
  spec.flows = {flow(1000)};
  EXPECT_NEAR(simulate_link(without_link(spec, kWire), kWire, {}).fct_ns[0],
              simulate_link(spec, kWire, {}).fct_ns[0], 0.01);
}

// A short flow waits behind the queue of long ones, which DCTCP keeps at about the threshold.
TEST(LinkSimulation, the_queue_stays_near_the_threshold) {
  for (const double mark : {20.0, 60.0}) {
    LinkSpec spec = link_of(4, 40);
    spec.link = port(10, mark * kPacket);
    for (std::uint32_t i = 0; i < 4; i++) spec.flows.push_back(flow(20000000, i, 1000.0 * i));
    const LinkRun run = simulate_link(spec, kWire, {});
    expect_conserved(spec, run);
    EXPECT_EQ(run.dropped, 0U);
    EXPECT_GT(run.mean_queue_bytes, 0.4 * mark * kPacket);
    EXPECT_LT(run.mean_queue_bytes, 1.4 * mark * kPacket);
    EXPECT_LT(*std::max_element(run.fct_ns.begin(), run.fct_ns.end()), 4.1 * run.alone_ns[0]);
  }
}

TEST(LinkSimulation, newreno_fills_the_buffer) {
  LinkSpec spec = link_of(2, 40);
  spec.link = port(10, kNever, 100 * kPacket);
  spec.flows = {flow(10000000, 0), flow(10000000, 1, 500)};
  const LinkRun run = simulate_link(spec, kWire, {.control = Control::newreno});
  expect_conserved(spec, run);
  EXPECT_GT(run.dropped, 0U);
  EXPECT_GT(run.mean_queue_bytes, 30 * kPacket);
  EXPECT_LE(run.most_queue_bytes, 100 * kPacket + 1);
  EXPECT_EQ(run.timeouts, 0U);
}

TEST(LinkSimulation, what_is_lost_is_sent_again) {
  for (const Control control : {Control::dctcp, Control::newreno, Control::cubic}) {
    for (std::uint64_t seed = 1; seed <= 5; seed++) {
      LinkSpec spec = busy_link(300, 0.9, seed);
      spec.link = port(10, 4 * kPacket, 8 * kPacket);
      for (PortSpec &source : spec.sources) source = port(10, 8 * kPacket, 12 * kPacket);
      const LinkRun run = simulate_link(spec, kWire, {.control = control});
      EXPECT_GT(run.dropped, 0U);
      expect_conserved(spec, run);
    }
  }
}

// Its one packet finds the buffer full: nothing tells of it but the timer.
TEST(LinkSimulation, a_lost_tail_waits_for_the_timer) {
  LinkSpec spec = link_of(0);
  spec.link = port(10, 60 * kPacket, 10 * kPacket);
  spec.flows = {{0, 10000, 0, 0, 3000, 3000}, {1, 500, 0, 0, 3000, 3000}};
  const LinkRun run = simulate_link(spec, kWire, {});
  EXPECT_EQ(run.dropped, 1U);
  EXPECT_EQ(run.timeouts, 1U);
  EXPECT_NEAR(run.fct_ns[0], run.alone_ns[0], 1e-6);
  EXPECT_NEAR(run.fct_ns[1], 5e6 + run.alone_ns[1], 1e-6);
}

TEST(LinkSimulation, three_later_packets_tell_of_a_loss) {
  // The tenth packet of the first flow does not fit, since the second came; its next round is behind it.
  LinkSpec spec = link_of(0);
  spec.link = port(10, 60 * kPacket, 10 * kPacket);
  spec.flows = {{0, 1000, 0, 0, 3000, 3000}, {1, 40000, 0, 0, 3000, 3000}};
  const LinkRun run = simulate_link(spec, kWire, {});
  EXPECT_GT(run.dropped, 0U);
  EXPECT_EQ(run.timeouts, 0U);
  expect_conserved(spec, run);
  EXPECT_LT(run.fct_ns[1], 5e6);
}

TEST(LinkSimulation, more_load_is_more_delay) {
  double before = 0;
  for (const double load : {0.2, 0.5, 0.8}) {
    const LinkSpec spec = busy_link(2000, load, 3);
    const LinkRun run = simulate_link(spec, kWire, {});
    expect_conserved(spec, run);
    double slowdown = 0;
    for (std::size_t i = 0; i < run.fct_ns.size(); i++) slowdown += run.fct_ns[i] / run.alone_ns[i];
    EXPECT_GT(slowdown, before);
    before = slowdown;
  }
}

TEST(LinkSimulation, the_same_gives_the_same) {
  const LinkSpec spec = busy_link(500, 0.7, 4);
  const LinkRun a = simulate_link(spec, kWire, {}), b = simulate_link(spec, kWire, {});
  EXPECT_EQ(a.fct_ns, b.fct_ns);
  EXPECT_EQ(a.events, b.events);
}

TEST(LinkSimulation, nobody_on_the_link_is_nothing) {
  const LinkRun run = simulate_link(link_of(1), kWire, {});
  EXPECT_EQ(run.packets, 0U);
  EXPECT_TRUE(run.fct_ns.empty());
}

TEST(LinkSimulation, too_many_packets_are_refused) {
  LinkSpec spec = link_of(1);
  spec.flows = {flow(1ULL << 40)};
  EXPECT_THROW(simulate_link(spec, kWire, {}), Error);
}

}  // namespace
}  // namespace liteflow::sim::parsimon
