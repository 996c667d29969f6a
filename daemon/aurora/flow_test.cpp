// SPDX-License-Identifier: GPL-2.0
#include "daemon/aurora/flow.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "daemon/aurora/controller.h"
#include "daemon/aurora/crowd.h"
#include "daemon/aurora/domain.h"
#include "daemon/aurora/environment.h"
#include "daemon/aurora/reward.h"
#include "daemon/aurora/start.h"

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

constexpr double kDrain = (1 << LF_TRIAL_DRAIN_SHIFT) * 1e-6;  // seconds between drains

// 8 Mbit/s and 20 ms, by what the policy gives up while the RTT is a quarter
// above the base; one change after 5 s. What came of it 10 s later.
struct After {
  double base_ms = 0, most_ms = 0, carried = 0;  // carried: least of the rate in its last 5 s, MB/s
};

After after_change(const LinkState &changed) {
  LinkSpec spec;
  spec.link = {1e6, 0.02, 40, 0};
  spec.changes.push_back({5, changed});
  Flow flow(spec, 5);
  flow.force_rate(0.5e6);
  for (int i = 0; i < 10; i++) {
    flow.advance();
    flow.act(0, 0, 0);
  }
  flow.end_start();
  After after;
  after.carried = 1;
  while (flow.link().seconds() < 15) {
    flow.advance();
    std::array<float, kInputs> state{};
    flow.inputs(state.data());
    const double give = state[kInputs - 2] > 1.25 ? -4 : 1;
    const lf_cc_record r = flow.act(give, give, 0);
    after.base_ms = r.base_rtt_us * 1e-3;
    if (flow.link().seconds() > 5) after.most_ms = std::max(after.most_ms, after.base_ms);
    if (flow.link().seconds() > 10) after.carried = std::min(after.carried, flow.rate() * 1e-6);
  }
  return after;
}

TEST(Flow, a_path_that_became_longer_is_no_queue) {
  const After after = after_change({1e6, 0.08, 160, 0});
  EXPECT_GE(after.base_ms, 80);
  EXPECT_LT(after.base_ms, 90);
  EXPECT_GT(after.carried, 0.4);
}

TEST(Flow, a_path_that_became_slower_has_a_queue) {
  const After after = after_change({0.25e6, 0.02, 40, 0});
  // A trial that empties the queue finds the path's own again, and no less.
  EXPECT_GE(after.base_ms, 20);
  EXPECT_LT(after.base_ms, 20.1);
  EXPECT_LT(after.most_ms, 22);
}

// A rival that never lets the queue empty: its queue isn't our path.
TEST(Flow, a_queue_of_others_is_not_the_path) {
  LinkSpec spec;
  spec.link = {1e6, 0.02, 40, 0};
  Crowd crowd(spec, 5, {0, 0});
  Rng rng(5);
  const auto rival = cubic_like();
  rival->start(crowd.flow(1), 0.5e6, rng);
  crowd.flow(0).force_rate(0.3e6);
  int warm = 10;
  double base_ms = 0;
  while (crowd.link().seconds() < 9) {
    Flow &flow = crowd.flow(crowd.advance());
    if (flow.sender() == 1) {
      rival->decide(flow, rng);
      continue;
    }
    if (--warm == 0) flow.end_start();
    std::array<float, kInputs> state{};
    flow.inputs(state.data());
    const double give = flow.rate() > 0.4e6 ? -1 : 1;
    base_ms = flow.act(give, give, 0).base_rtt_us * 1e-3;
  }
  EXPECT_LT(base_ms, 35);
}

// An RTT that keeps to one level, and stays there while less is sent: of a longer
// path, or of a buffer that others keep full.
std::uint32_t base_after_level(std::uint32_t lost) {
  lf_aurora state;
  lf_aurora_init(&state);
  lf_measure m{};
  m.send_ratio = LF_ONE;
  m.rtt_us = 20000;
  std::uint64_t now_us = 1;
  // After the first lone probe, before the first drain.
  for (int i = 0; i < 110; i++, now_us += m.rtt_us / 2) {
    if (i == 70) m.rtt_us = 80000;
    m.lost = i % 5 == 0 ? lost : 0;
    lf_aurora_observe(&state, &m, now_us);
    lf_aurora_follow(&state, &m, 1000000, now_us, now_us);
  }
  EXPECT_LT(now_us, kDrain * 1e6);
  return lf_aurora_base(&state);
}

TEST(Flow, a_full_buffer_is_not_the_path) {
  EXPECT_EQ(base_after_level(0), 80000U);
  EXPECT_EQ(base_after_level(1), 20000U);
}

// RTTs that keep to no level, far above the base of 20 ms. When the clock's bit
// turns, and not before, less is sent. What is the base once these RTTs were heard,
// the last again and again?
class Drained {
 public:
  explicit Drained(const std::vector<std::uint32_t> &heard) {
    lf_aurora_init(&state_);
    m_.send_ratio = LF_ONE;
    hear(20000);
    next();
    EXPECT_GE(now_us_, kDrain * 1e6);
    EXPECT_LT(now_us_, kDrain * 1e6 + 45000);
    EXPECT_EQ(lf_trial_rate(&state_.trial, 1000000), 500000U);
    const std::uint64_t began_us = now_us_;
    for (std::size_t i = 0; state_.trial.probing; i++) hear(heard[std::min(i, heard.size() - 1)]);
    EXPECT_GT(now_us_ - began_us, 3 * heard.back() / 2);
    EXPECT_LT(now_us_ - began_us, (LF_TRIAL_DRAIN + 3) * 90000U);
    EXPECT_EQ(lf_trial_rate(&state_.trial, 1), 1000000U);
  }
  std::uint32_t base_us() const { return lf_aurora_base(&state_); }
  // When the next one begins, in drains since the clock's start.
  int next() {
    for (int i = 0; !state_.trial.draining; i++) EXPECT_FALSE(hear(i % 2 ? 70000 : 90000));
    return static_cast<int>(static_cast<double>(now_us_) / (kDrain * 1e6));
  }

 private:
  bool hear(std::uint32_t rtt_us) {
    m_.rtt_us = rtt_us;
    now_us_ += rtt_us / 2;
    lf_aurora_observe(&state_, &m_, now_us_);
    return lf_aurora_follow(&state_, &m_, 1000000, now_us_, now_us_);
  }
  lf_aurora state_{};
  lf_measure m_{};
  std::uint64_t now_us_ = 1;
};

// No level at all.
std::vector<std::uint32_t> restless() {
  std::vector<std::uint32_t> heard;
  for (int i = 0; i < 100; i++) heard.push_back(i % 2 ? 70000 : 90000);
  return heard;
}

std::uint32_t base_after_drain(const std::vector<std::uint32_t> &heard) { return Drained(heard).base_us(); }

TEST(Flow, a_drain_measures_the_path_below_the_queue) {
  EXPECT_EQ(base_after_drain({60000, 50000}), 50000U);
  EXPECT_EQ(base_after_drain({60000, 40000, 24000}), 20000U);
}

// Who lets go of a queue that a rival keeps up sees it fall again.
TEST(Flow, a_drain_sees_through_a_queue_that_a_rival_keeps) {
  EXPECT_EQ(base_after_drain({60000, 50000, 50000, 50000, 50000, 44000}), 20000U);
}

// The queue of a rival costs every drain something; a path that changed mustn't wait.
TEST(Flow, who_found_the_base_right_joins_fewer_drains) {
  EXPECT_EQ(Drained({24000}).next(), 4);
  EXPECT_EQ(Drained({50000}).next(), 2);
  EXPECT_EQ(Drained({50000, 50000, 50000, 50000, 50000, 44000}).next(), 4);
  EXPECT_EQ(Drained(restless()).next(), 2);
}

// A timeout overtakes a drain that has found a level; what a lone probe finds later,
// beside losses, is judged as a lone probe's is.
TEST(Flow, a_drain_that_was_stopped_is_forgotten) {
  lf_aurora state;
  lf_aurora_init(&state);
  lf_measure m{};
  m.send_ratio = LF_ONE;
  std::uint64_t now_us = 1;
  const auto hear = [&](std::uint32_t rtt_us) {
    m.rtt_us = rtt_us;
    now_us += rtt_us / 2;
    lf_aurora_observe(&state, &m, now_us);
    lf_aurora_follow(&state, &m, 1000000, now_us, now_us);
  };
  hear(20000);
  while (!state.trial.draining) hear(state.trial.above % 2 ? 70000 : 90000);
  while (!state.trial.drained) hear(50000);
  lf_trial_stop(&state.trial);
  EXPECT_FALSE(state.trial.drained);
  m.lost = 1;
  while (!state.trial.probing) hear(80000);
  ASSERT_FALSE(state.trial.draining);
  while (state.trial.probing) hear(80000);
  EXPECT_EQ(lf_aurora_base(&state), 20000U);
}

// What was sent too fast before the drain arrives within it.
TEST(Flow, a_drain_sees_a_queue_that_grows_at_first) {
  EXPECT_EQ(base_after_drain({130000, 170000, 150000, 90000, 50000, 24000}), 20000U);
}

TEST(Flow, a_drain_that_finds_no_level_measures_nothing) {
  EXPECT_EQ(base_after_drain(restless()), 20000U);
}

// Who comes late finds a queue of others, and the RTT has never been less: a
// probe finds out.
TEST(Flow, a_queue_that_was_always_there_is_found) {
  constexpr std::uint32_t kQueue = 40000, kEmpty = 20000;
  lf_aurora state;
  lf_aurora_init(&state);
  lf_measure m{};
  m.send_ratio = LF_ONE;
  std::uint64_t now_us = 1, probes = 0;
  bool drained = false;
  for (int i = 0; i < 600; i++, now_us += kQueue / 2) {
    drained = drained && lf_trial_rate(&state.trial, 1000000) < 1000000;
    m.rtt_us = drained ? kEmpty : kQueue;
    lf_aurora_observe(&state, &m, now_us);
    const bool before = state.trial.probing;
    lf_aurora_follow(&state, &m, 1000000, now_us, now_us);
    if (state.trial.probing && !before) {
      probes++;
      drained = true;
      EXPECT_EQ(lf_trial_rate(&state.trial, 1000000), 500000U);
      EXPECT_EQ(lf_trial_rate(&state.trial, 300000), 300000U);
    }
    if (i == 60) {
      EXPECT_EQ(lf_aurora_base(&state), kEmpty);
    }
  }
  EXPECT_EQ(lf_aurora_base(&state), kEmpty);
  EXPECT_GE(probes, 2U);
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
    const std::size_t flows = draw_flows(rng);
    ASSERT_LE(flows, kMostFlows);
    const LinkSpec s = draw_training_link(rng, 100, flows);
    EXPECT_GE(s.link.rate * 8, kLeastRate * 0.999);
    EXPECT_LE(s.link.rate * 8, kMostRate * 1.001);
    EXPECT_GE(s.link.base_rtt, kLeastRtt);
    EXPECT_LE(s.link.base_rtt, kMostRtt);
    EXPECT_LE(s.link.loss, 0.02);
    std::vector<LinkState> states = {s.link};
    for (const LinkChange &c : s.changes) states.push_back(c.link);
    for (const LinkState &link : states) {
      const double packets = link.rate * link.base_rtt / s.mss;
      EXPECT_GE(packets, 0.99 * kLeastBdp * static_cast<double>(flows));
      EXPECT_LE(packets, 1.01 * kMostBdp);
      const double bdps = std::min(1.0, link.buffer / packets);
      EXPECT_LE(packets * (1 + bdps) / 2 / s.unit, kPacketsPerInterval + 1e-9);
    }
    for (std::size_t k = 1; k < s.changes.size(); k++) EXPECT_GE(s.changes[k].time, s.changes[k - 1].time);
    const auto joins = draw_joins(rng, flows, 10);
    ASSERT_EQ(joins.size(), flows);
    EXPECT_EQ(joins[0], 0);
    for (const double j : joins) EXPECT_LE(j, 5);
  }
}

TEST(Domain, draws_cover_the_range_of_packets_per_bdp) {
  Rng rng(9);
  int small = 0, middle = 0, large = 0;
  for (int i = 0; i < 2000; i++) {
    const LinkSpec s = draw_training_link(rng, 100);
    const double packets = s.link.rate * s.link.base_rtt / s.mss;
    small += packets < 40;
    middle += packets >= 40 && packets < 4000;
    large += packets >= 4000;
  }
  for (const int count : {small, middle, large}) EXPECT_GT(count, 350);
}

TEST(Crowd, flows_share_the_queue_and_deliver_what_it_carries) {
  LinkSpec spec = path();
  spec.link.loss = 0;
  Crowd crowd(spec, 3, {0, 0, 1}, 7);
  for (std::size_t i = 0; i < crowd.size(); i++) crowd.flow(i).force_window(2.5e6, 40);
  std::vector<int> intervals(3, 0);
  double before_joining = 0;
  while (crowd.link().seconds() < 10) {
    if (crowd.link().seconds() < 1) before_joining = static_cast<double>(crowd.link().totals(2).sent);
    const std::size_t i = crowd.advance();
    intervals[i]++;
    const lf_cc_record r = crowd.flow(i).act(0, 0, 0);
    EXPECT_EQ(r.flow, 7 + i);
    EXPECT_LE(r.duration_us, 500'000U);
  }
  EXPECT_EQ(before_joining, 0);
  EXPECT_EQ(crowd.link().joined(), 3U);
  double delivered = 0;
  for (std::size_t i = 0; i < 3; i++) {
    EXPECT_GT(intervals[i], 100) << i;
    delivered += static_cast<double>(crowd.link().totals(i).delivered) * spec.mss;
  }
  EXPECT_NEAR(delivered / crowd.link().offered_bytes(), 1, 0.02);
}

TEST(Crowd, flows_may_have_longer_round_trips) {
  LinkSpec spec = path();
  spec.extra_rtt = {0, 0.05};
  Crowd crowd(spec, 3, {0, 0});
  for (std::size_t i = 0; i < 2; i++) crowd.flow(i).force_rate(0.5e6);
  while (crowd.link().seconds() < 3) crowd.flow(crowd.advance()).act(0, 0, 0);
  EXPECT_NEAR(crowd.flow(1).srtt_us() - crowd.flow(0).srtt_us(), 50'000, 5'000);
}

TEST(Crowd, one_flow_is_a_flow_alone) {
  Crowd crowd(path(), 11, {0}, 1);
  Flow flow(path(), 11, 1);
  crowd.flow(0).force_window(2.5e6, 60);
  flow.force_window(2.5e6, 60);
  for (int i = 0; i < 50; i++) {
    EXPECT_EQ(crowd.advance(), 0U);
    flow.advance();
    const lf_cc_record a = crowd.flow(0).act(0, 0, 0), b = flow.act(0, 0, 0);
    ASSERT_EQ(a.time_ns, b.time_ns);
    ASSERT_EQ(a.delivered, b.delivered);
    ASSERT_EQ(a.rtt_us, b.rtt_us);
  }
}

TEST(Flow, an_objective_leads_the_inputs_and_is_recorded) {
  Flow flow(path(), 2);
  flow.set_objective({0.6, 0.3, 0.1});
  flow.advance();
  const lf_cc_record r = flow.act(0, 0, 0);
  float in[kMoccInputs];
  flow.inputs(in);
  EXPECT_NEAR(in[0], 0.6, 1e-4);
  EXPECT_NEAR(in[2], 0.1, 1e-4);
  EXPECT_EQ(r.weight[0], to_q16(0.6));
  EXPECT_EQ(r.weight[1], to_q16(0.3));
  for (std::size_t i = 0; i < kInputs; i++) EXPECT_EQ(in[kWeights + i], static_cast<float>(from_q16(r.state[i])));
}

TEST(Environment, every_flow_of_a_link_decides_and_hears_of_it) {
  Environment environment(5, {});
  std::vector<std::size_t> decided(kMostFlows, 0), heard(kMostFlows, 0);
  for (int i = 0; i < 20'000; i++) {
    decided[environment.flow()]++;
    const Environment::Step s = environment.step(0, 0, 0);
    if (s.known) heard[environment.flow()]++;
    EXPECT_TRUE(std::isfinite(s.reward));
    EXPECT_LE(s.reward, 1.5);
    if (s.ended) environment.reset();
  }
  for (std::size_t f = 0; f < kMostFlows; f++) {
    EXPECT_GT(decided[f], 100U);
    EXPECT_LE(heard[f], decided[f]);
    EXPECT_GT(static_cast<double>(heard[f]), 0.9 * static_cast<double>(decided[f]));
  }
}

TEST(Reward, the_kernel_weighs_as_the_adapter_does) {
  const std::int32_t kernel[] = LF_AURORA_WEIGHTS;
  const RewardWeights w;
  const double sum = w.throughput + w.latency + w.loss;
  EXPECT_EQ(kernel[0] + kernel[1] + kernel[2], LF_ONE);
  EXPECT_NEAR(kernel[0], LF_ONE * w.throughput / sum, 1);
  EXPECT_NEAR(kernel[1], LF_ONE * w.latency / sum, 1);
  EXPECT_NEAR(kernel[2], LF_ONE * w.loss / sum, 1);
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
  o.capacity = 4 * 1448 * 200;
  EXPECT_NEAR(reward(o, RewardForm::weighted, {0.6, 0.3, 0.1}), 0.6 * 0.25 + 0.3 * 0.5 + 0.1 * 0.9, 1e-12);
}

TEST(Reward, beyond_the_fair_share_a_quarter_counts) {
  Outcome o;
  o.capacity = 1e6;
  o.flows = 2;
  o.delivered_rate = 0.5e6;
  o.rtt = o.base_rtt = 0.02;
  EXPECT_DOUBLE_EQ(reward(o, RewardForm::scale_free, {}), 1);
  o.delivered_rate = 0.6e6;
  EXPECT_NEAR(reward(o, RewardForm::scale_free, {}), 1.05, 1e-12);
  o.delivered_rate = 0.4e6;
  EXPECT_NEAR(reward(o, RewardForm::scale_free, {}), 0.8, 1e-12);
}

TEST(Controller, references_fill_a_clean_path) {
  for (const Scenario &s : validation_set(true)) {
    if (s.environment != "clean") continue;
    const Figures b = run_scenario(s, bbr_like), c = run_scenario(s, cubic_like);
    EXPECT_GT(b.utilisation, 0.9);
    EXPECT_GT(c.utilisation, 0.9);
    EXPECT_LE(b.utilisation, 1.02);
    EXPECT_LE(c.utilisation, 1.02);
  }
}

}  // namespace
}  // namespace liteflow::aurora
