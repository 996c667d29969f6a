// SPDX-License-Identifier: GPL-2.0
#include "daemon/lb/fabric.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "daemon/lb/probe.h"

namespace liteflow::lb {
namespace {

constexpr double kRate = 1e6, kRtt = 1e-3;  // bytes/s, seconds

FabricSpec spec() {
  FabricSpec s;
  s.host_rate = kRate;
  s.rtt = kRtt;
  s.buffer = 0.02 * kRate;
  s.spines.resize(2);
  for (Spine &spine : s.spines) spine.rate = kRate;
  return s;
}

Arrival flow(std::size_t source, std::size_t destination, std::uint64_t bytes) {
  Arrival a;
  a.source = source;
  a.destination = destination;
  a.bytes = bytes;
  return a;
}

double alone(const FabricSpec &s, std::uint64_t bytes, std::size_t spine) {
  Fabric fabric(s);
  fabric.watch(flow(0, 0, bytes), spine);
  fabric.run(100);
  return fabric.took();
}

TEST(Fabric, a_flow_alone_has_the_slowest_link) {
  FabricSpec s = spec();
  EXPECT_NEAR(alone(s, 1'000'000, 0), 1, 0.02);
  s.spines[0].rate = kRate / 4;
  EXPECT_NEAR(alone(s, 1'000'000, 0), 4, 0.05);
  EXPECT_NEAR(alone(s, 1'000'000, 1), 1, 0.02);
}

TEST(Fabric, flows_share_a_spine_and_leave_it_to_each_other) {
  Fabric fabric(spec());
  fabric.watch(flow(0, 0, 1'000'000), 0);
  fabric.add(flow(1, 1, 500'000), 0);
  fabric.run(100);
  // Half of the rate until the other has gone at 1 s.
  EXPECT_NEAR(fabric.took(), 1.5, 0.05);
}

TEST(Fabric, a_destination_is_shared_over_all_spines) {
  Fabric fabric(spec());
  fabric.watch(flow(0, 5, 1'000'000), 0);
  fabric.add(flow(1, 5, 1'000'000), 1);
  fabric.run(100);
  EXPECT_NEAR(fabric.took(), 2, 0.05);
}

TEST(Fabric, random_loss_bounds_a_flow) {
  FabricSpec s = spec();
  s.host_rate = s.spines[0].rate = s.spines[1].rate = 1e9;
  s.spines[0].loss = 0.01;
  const double rate = 1.22 * 1448 / (kRtt * 0.1);
  EXPECT_NEAR(alone(s, 10'000'000, 0), 10e6 / rate, 0.05);
}

TEST(Fabric, a_spine_changes_when_it_is_told_to) {
  FabricSpec s = spec();
  s.changes = {{0.5, 0, kRate / 10}};
  // And what it waits behind: half of the buffer.
  EXPECT_NEAR(alone(s, 1'000'000, 0), 0.5 + 5 + 0.1, 0.05);
}

TEST(Fabric, the_outlook_is_of_what_is_left) {
  Fabric fabric(spec());
  fabric.watch(flow(0, 0, 1'000'000), 0);
  fabric.run(0.25);
  EXPECT_EQ(fabric.took(), 0);
  EXPECT_NEAR(fabric.outlook(), 1, 0.05);
}

TEST(Fabric, a_host_sees_a_full_spine) {
  Fabric fabric(spec());
  for (std::size_t i = 0; i < 4; i++) fabric.add(flow(i, i, 10'000'000), 0);
  fabric.add(flow(0, 0, 10'000), 1);
  fabric.run(0.3);
  const auto full = fabric.inputs(0, 0, 1000), empty = fabric.inputs(0, 1, 1000), unseen = fabric.inputs(7, 0, 1000);
  EXPECT_GT(full[LF_LB_QUEUE], 2 * LF_ONE);  // 16 ms on 1, which is about to be forgotten
  EXPECT_EQ(empty[LF_LB_QUEUE], 0);
  EXPECT_GT(full[LF_LB_LOSS], empty[LF_LB_LOSS]);
  EXPECT_NEAR(full[LF_LB_RATE] / 65536.0, std::log2(kRate / 4), 0.1);
  EXPECT_EQ(full[LF_LB_FLOWS], LF_ONE);
  EXPECT_EQ(unseen[LF_LB_LONGER], 0);
  EXPECT_GT(full[LF_LB_LONGER], 2 * LF_ONE);
  EXPECT_EQ(empty[LF_LB_LONGER], 0);
  EXPECT_GT(fabric.ideal(0, 1'000'000), 0.5);
  EXPECT_EQ(fabric.ideal(7, 1'000'000), 0);
}

TEST(Fabric, others_go_by_what_their_host_knows) {
  FabricSpec s = spec();
  s.spines.resize(3, s.spines[0]);
  const auto choice = [&](Others others) {
    s.others = others;
    Fabric fabric(s);
    for (std::size_t i = 0; i < 4; i++) fabric.add(flow(i, i, 10'000'000), 0);
    for (const std::size_t spine : {1, 1, 2}) fabric.add(flow(0, 4, 5'000), spine);
    fabric.add(flow(0, 7, 10'000'000), 1);
    fabric.add(flow(1, 6, 10'000'000), 1);
    fabric.run(0.3);
    Arrival a = flow(0, 0, 1000);
    a.spine = 0;
    a.other = 1;
    return fabric.choice(a);
  };
  EXPECT_EQ(choice(Others::even), 0U);
  EXPECT_EQ(choice(Others::best_of_two), 1U);  // two on it, where four are on the first
  EXPECT_EQ(choice(Others::least_rtt), 2U);
}

TEST(Figures, the_least_rtt_is_of_a_period_and_the_one_before) {
  Figures f;
  const auto told = [](double rtt) {
    return Told{.tells = 1, .rtt = rtt, .bytes = 0, .segments = 1, .lost = 0, .marked = 0, .rate = 1e6};
  };
  f.tell(1, told(0.001));
  f.tell(29, told(0.003));
  EXPECT_EQ(f.base_rtt(), 0.001);
  f.tell(31, told(0.002));
  EXPECT_EQ(f.base_rtt(), 0.001);
  f.tell(62, told(0.004));
  EXPECT_EQ(f.base_rtt(), 0.002);
}

TEST(Figures, averages_take_a_quarter_of_each_window) {
  Figures f;
  const auto rate = [&] { return std::exp2(f.inputs(0.1, {}, 1, 0)[LF_LB_RATE] / 65536.0); };
  f.tell(0.01, {.tells = 1, .rtt = 0.001, .bytes = 20'000, .segments = 14, .lost = 0, .marked = 0, .rate = 1e6});
  EXPECT_NEAR(rate(), 1, 0.1);  // the window is not over
  f.tell(0.025, {.tells = 1, .rtt = 0.001, .bytes = 0, .segments = 0, .lost = 0, .marked = 0, .rate = 0});
  EXPECT_NEAR(rate(), 200'000, 2000);
}

TEST(Figures, silence_halves_what_was_seen) {
  Figures f;
  f.tell(0.01, {.tells = 1, .rtt = 0.001, .bytes = 0, .segments = 1, .lost = 0, .marked = 0, .rate = 1e6});
  f.tell(0.02, {.tells = 100, .rtt = 0.005, .bytes = 0, .segments = 1, .lost = 0, .marked = 0, .rate = 1e6});
  EXPECT_NEAR(f.rtt(0.02), 0.005, 1e-4);
  EXPECT_NEAR(f.rtt(0.02 + 0.6), 0.003, 1e-4);
  EXPECT_NEAR(f.rtt(100), 0.001, 1e-4);
}

TEST(Figures, a_flow_counts_once_in_a_window) {
  Figures f;
  double window = f.join(0.03, 1000, -1);
  window = f.join(0.035, 1000, window);
  EXPECT_EQ(f.inputs(0.035, {}, 1, 0)[LF_LB_FLOWS], LF_ONE);
  f.join(0.036, 1000, -1);
  EXPECT_EQ(f.inputs(0.036, {}, 1, 0)[LF_LB_FLOWS], lf_log2(2));
}

TEST(Probe, depends_on_its_seed_alone) {
  const auto labels = [](std::uint64_t seed) { return rows_of(probes_of(kinds()[1], seed, 5)).labels; };
  EXPECT_EQ(labels(1), labels(1));
  EXPECT_NE(labels(1), labels(2));
}

TEST(Probe, a_slow_spine_shows_in_labels_and_figures) {
  double slow = 0, fast = 0, slow_rtt = 0, fast_rtt = 0, n = 0;
  for (std::uint64_t seed = 1; seed <= 4; seed++)
    for (const Probe &p : probes_of(kinds()[1], seed, 20)) {
      const auto slowest = std::min_element(p.begin(), p.end(), [](auto &a, auto &b) { return a.rate < b.rate; });
      const auto other = slowest == p.begin() ? slowest + 1 : p.begin();
      slow += slowest->label;
      fast += other->label;
      slow_rtt += slowest->rtt;
      fast_rtt += other->rtt;
      n++;
    }
  ASSERT_GT(n, 40);
  EXPECT_GT(slow / n, fast / n + 0.5);
  EXPECT_GT(slow_rtt, fast_rtt);
}

}  // namespace
}  // namespace liteflow::lb
