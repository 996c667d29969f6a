// SPDX-License-Identifier: GPL-2.0
#include "daemon/aurora/flow.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "daemon/aurora/controller.h"
#include "daemon/aurora/domain.h"
#include "daemon/aurora/reward.h"

namespace liteflow::aurora {
namespace {

LinkSpec path() {
  LinkSpec spec;
  spec.link = {2.5e6, 0.03, 80, 0.005};
  spec.jitter = 3e-4;
  return spec;
}

// One interval as the text of interval.h has it, in floating point.
struct ByHand {
  double inflation = 0, mean_rtt = 0, send_ratio = 1;
};

ByHand interval_by_hand(Link &link) {
  const lf_counters start = link.counters();
  const double least = std::max(link.srtt_us() / 2.0, 1000.0), most = std::max(2.0 * link.srtt_us(), 2 * least);
  std::vector<double> first, second;
  double age = 0;
  do {
    const double rtt = static_cast<double>(link.next_ack().rtt_us);
    age = static_cast<double>(link.counters().now_us - start.now_us);
    (age > least / 2 ? second : first).push_back(rtt);
  } while (age < least || (first.size() + second.size() < 8 && age < most));
  const auto sum = [](const std::vector<double> &v) {
    double s = 0;
    for (const double x : v) s += x;
    return s;
  };
  ByHand h;
  const auto n1 = static_cast<double>(first.size()), n2 = static_cast<double>(second.size());
  h.mean_rtt = (sum(first) + sum(second)) / (n1 + n2);
  if (n1 >= 2 && n2 >= 2) h.inflation = (sum(second) / n2 - sum(first) / n1) / age;
  const lf_counters end = link.counters();
  if (end.delivered != start.delivered)
    h.send_ratio = static_cast<double>(end.sent - start.sent) / (end.delivered - start.delivered);
  return h;
}

TEST(Flow, features_equal_those_by_hand) {
  Flow flow(path(), 11);
  Link link(path(), 11);
  flow.force_window(2.5e6, 60);
  link.set_pacing(2.5e6, 60);
  double base = 1e18;
  for (int i = 0; i < 60; i++) {
    flow.advance();
    flow.act(0, 0, 0);  // start phase: rate and window stay
    const ByHand h = interval_by_hand(link);
    base = std::min(base, h.mean_rtt);
    float in[kInputs];
    flow.inputs(in);
    // The integer divisions of the kernel cut microseconds and 1/65536.
    ASSERT_NEAR(in[27], std::clamp(h.inflation, -1.0, 10.0), 2e-4) << i;
    ASSERT_NEAR(in[28], h.mean_rtt / base, 1e-4) << i;
    ASSERT_NEAR(in[29], h.send_ratio, 1e-4) << i;
  }
}

TEST(Flow, the_history_moves_by_one_interval) {
  Flow flow(path(), 2);
  float before[kInputs], after[kInputs];
  for (int i = 0; i < 15; i++) {
    flow.inputs(before);
    flow.advance();
    flow.act(0, 0, 0);
    flow.inputs(after);
    for (std::size_t k = 0; k + 3 < kInputs; k++) ASSERT_EQ(after[k], before[k + 3]);
  }
}

TEST(Flow, actions_follow_the_rate_rule) {
  Rng rng(1);
  Flow flow(path(), 3);
  start_flow(flow, rng);
  double before = flow.rate();
  lf_cc_record r = flow.act(4, 4, 0.5);
  EXPECT_NEAR(flow.rate() / before, 1.1, 1e-3);
  EXPECT_EQ(r.action, 4 * LF_ONE);
  EXPECT_EQ(r.mean, 4 * LF_ONE);
  EXPECT_EQ(r.sigma, LF_ONE / 2);
  EXPECT_EQ(r.flags, static_cast<std::uint32_t>(LF_CC_FLAG_EXPLORED));
  before = flow.rate();
  flow.advance();
  r = flow.act(-4, -4, 0);
  EXPECT_NEAR(before / flow.rate(), 1.1, 1e-3);
  EXPECT_EQ(r.flags, 0U);
}

TEST(Flow, safety_rules_bound_the_rate) {
  Rng rng(1);
  Flow flow(path(), 3);
  start_flow(flow, rng);
  bool clamped = false;
  for (int i = 0; i < 40; i++) {
    const lf_cc_record r = flow.act(100, 100, 0);
    EXPECT_EQ(r.action, LF_AURORA_ACTION_MAX);
    clamped |= (r.flags & LF_CC_FLAG_CLAMPED) != 0;
    flow.advance();
  }
  EXPECT_TRUE(clamped);
  EXPECT_LE(flow.rate(), 2 * 2.5e6 * 1.5);  // lumps of ACKs exceed the capacity for an interval
  for (int i = 0; i < 60; i++) {
    flow.act(-32, -32, 0);
    flow.advance();
  }
  const lf_cc_record r = flow.act(-32, -32, 0);
  EXPECT_TRUE(r.flags & LF_CC_FLAG_CLAMPED);
  EXPECT_NEAR(flow.rate(), 4 * 1448 * 1e6 / flow.link().srtt_us(), 1);
}

TEST(Flow, heavy_loss_brings_the_rate_to_what_is_delivered) {
  LinkSpec spec = path();
  spec.link.loss = 0.4;
  Rng rng(1);
  Flow flow(spec, 3);
  start_flow(flow, rng);
  int cut = 0;
  for (int i = 0; i < 50; i++) {
    const lf_cc_record r = flow.act(8, 8, 0);
    if (r.lost * 5 > r.sent) {
      cut += (r.flags & LF_CC_FLAG_CLAMPED) != 0;
      EXPECT_LE(r.rate, std::max(r.delivered_rate, 4 * 1448 * 1000000ULL / flow.link().srtt_us()));
    }
    flow.advance();
  }
  EXPECT_GT(cut, 10);
}

TEST(Flow, records_count_and_tell_what_happened) {
  Rng rng(1);
  Flow flow(path(), 3, 42);
  start_flow(flow, rng);
  std::uint32_t seq = flow.act(0, 0, 0).seq;
  for (int i = 0; i < 20; i++) {
    flow.advance();
    const lf_cc_record r = flow.act(0, 0, 0);
    EXPECT_EQ(r.seq, ++seq);
    EXPECT_EQ(r.flow, 42U);
    EXPECT_EQ(r.duration_us, flow.measure().duration_us);
    EXPECT_EQ(r.delivered_rate, 1000000ULL * r.delivered * r.mss / r.duration_us);
    EXPECT_GE(r.rtt_us, r.base_rtt_us);
  }
}

TEST(Flow, a_limited_interval_does_not_act) {
  LinkSpec spec = path();
  spec.app_rate = 3e5;
  Rng rng(1);
  Flow flow(spec, 3);
  start_flow(flow, rng);
  int limited = 0;
  for (int i = 0; i < 100; i++) {
    flow.advance();
    const double before = flow.rate();
    const lf_cc_record r = flow.act(8, 8, 1);
    if (!(r.flags & LF_CC_FLAG_LIMITED)) continue;
    limited++;
    EXPECT_EQ(flow.rate(), before);
    EXPECT_FALSE(r.flags & LF_CC_FLAG_EXPLORED);
  }
  EXPECT_GT(limited, 50);
}

TEST(Domain, draws_lie_in_the_stated_ranges) {
  Rng rng(9);
  for (int i = 0; i < 2000; i++) {
    const LinkSpec s = draw_training_link(rng, 100);
    EXPECT_GE(s.link.rate * 8, 1e6);
    EXPECT_LE(s.link.rate * 8, 200e6);
    const double packets = s.link.rate * s.link.base_rtt / s.mss;
    EXPECT_GE(packets, 4);
    EXPECT_LE(s.link.loss, 0.02);
    const double bdps = std::min(1.0, s.link.buffer / packets);
    EXPECT_LE(packets * (1 + bdps) / 2 / s.unit, kPacketsPerInterval + 1e-9);
    for (std::size_t k = 1; k < s.changes.size(); k++) EXPECT_GE(s.changes[k].time, s.changes[k - 1].time);
    for (const LinkChange &c : s.changes) EXPECT_GE(c.link.rate * c.link.base_rtt / s.mss, 3.99);
  }
}

TEST(Reward, an_ideal_interval_scores_one) {
  Outcome o;
  o.delivered_rate = o.capacity = 1e6;
  o.rtt = o.base_rtt = 0.02;
  EXPECT_DOUBLE_EQ(reward(o, RewardForm::scale_free, {}), 1);
  o.rtt = 0.04;
  EXPECT_DOUBLE_EQ(reward(o, RewardForm::scale_free, {0.5, 0.2, 0.3}), 1 - 0.4 * 0.5);
  o.loss = 0.1;
  EXPECT_DOUBLE_EQ(reward(o, RewardForm::scale_free, {0.5, 0.2, 0.3}), 1 - 0.4 * 0.5 - 0.6 * 0.1);
  o.delivered_rate = 1448 * 200;
  EXPECT_DOUBLE_EQ(reward(o, RewardForm::published, {}), 0.001 * (2000 - 40 - 200));
}

TEST(Controller, references_fill_a_clean_path) {
  for (const Scenario &s : validation_set(true)) {
    if (s.environment != "clean") continue;
    auto bbr = bbr_like();
    auto cubic = cubic_like();
    const Figures b = run_scenario(s, *bbr), c = run_scenario(s, *cubic);
    EXPECT_GT(b.utilisation, 0.9);
    EXPECT_GT(c.utilisation, 0.9);
    EXPECT_LE(b.utilisation, 1.02);
    EXPECT_LE(c.utilisation, 1.02);
  }
}

}  // namespace
}  // namespace liteflow::aurora
