// SPDX-License-Identifier: GPL-2.0
#include "daemon/aurora/records.h"

#include <gtest/gtest.h>

#include "codegen/error.h"
#include "daemon/training/records.h"

namespace liteflow::aurora {
namespace {

lf_cc_record record(std::uint64_t flow, std::uint32_t seq) {
  lf_cc_record r{};
  r.flow = flow;
  r.snapshot = 1;
  r.seq = seq;
  r.time_ns = seq * 20'000'000ULL;
  r.rate = 1'000'000;
  r.delivered_rate = 900'000;
  r.duration_us = 20'000;
  r.rtt_us = 44'000;
  r.base_rtt_us = 40'000;
  r.mss = 1448;
  r.sent = r.delivered = 12;
  r.flags = LF_CC_FLAG_EXPLORED;
  r.mean = LF_ONE;
  r.action = 2 * LF_ONE;
  r.sigma = LF_ONE / 2;
  for (std::size_t i = 0; i < kInputs; i++) r.state[i] = i % 3 ? LF_ONE : static_cast<std::int32_t>(seq);
  return r;
}

Batch batch_of(const std::vector<lf_cc_record> &records) {
  return liteflow::batch_of<lf_cc_record>("cc", "h1", records);
}

TEST(Records, sizes_that_do_not_fit_are_refused) {
  Batch b = batch_of({record(1, 0), record(1, 1)});
  EXPECT_EQ(parse_records(b).size(), 2U);
  b.records.pop_back();
  EXPECT_THROW(parse_records(b), Error);
  b = batch_of({record(1, 0)});
  b.record_bytes -= 4;
  EXPECT_THROW(parse_records(b), Error);
  b.record_bytes = 0;
  EXPECT_THROW(parse_records(b), Error);
  b = batch_of({record(1, 0)});
  b.app = "sched";
  EXPECT_THROW(parse_records(b), Error);
  EXPECT_TRUE(parse_records(batch_of({})).empty());
}

TEST(Records, consecutive_records_make_transitions) {
  FlowTable table{FlowTable::Options{}};
  const auto segments = table.take(batch_of({record(1, 5), record(1, 6), record(1, 7)}));
  ASSERT_EQ(segments.size(), 1U);
  const Segment &s = segments[0];
  ASSERT_EQ(s.rows(), 2U);
  EXPECT_EQ(s.states.size(), 2 * kInputs);
  EXPECT_EQ(s.critic_states.size(), 3 * kCriticInputs);
  EXPECT_FLOAT_EQ(s.states[0], 5.0F / LF_ONE);
  EXPECT_FLOAT_EQ(s.actions[0], 2);
  EXPECT_FLOAT_EQ(s.means[0], 1);
  EXPECT_FLOAT_EQ(s.sigmas[0], 0.5F);
  EXPECT_TRUE(s.explored[0]);
  // Capacity is what was delivered: full; RTT 10 % over the base.
  EXPECT_NEAR(s.rewards[0], 1 - 0.4 * (1 - 40.0 / 44), 1e-9);
}

TEST(Records, a_flow_goes_on_in_the_next_batch) {
  FlowTable table{FlowTable::Options{}};
  EXPECT_TRUE(table.take(batch_of({record(1, 5)})).empty());
  const auto second = table.take(batch_of({record(1, 6)})), third = table.take(batch_of({record(1, 7), record(1, 9)})),
             fourth = table.take(batch_of({record(1, 10), record(1, 11)}));
  ASSERT_EQ(second.size(), 1U);
  EXPECT_EQ(second[0].rows(), 1U);
  EXPECT_FALSE(second[0].goes_on);
  ASSERT_EQ(third.size(), 1U);
  EXPECT_TRUE(third[0].goes_on) << "its first row follows the last of the second batch";
  EXPECT_EQ(third[0].flow, second[0].flow);
  ASSERT_EQ(fourth.size(), 1U);
  EXPECT_FALSE(fourth[0].goes_on) << "a gap lies between";
  Batch other = batch_of({record(1, 12)});
  other.host = "h2";
  EXPECT_TRUE(table.take(other).empty()) << "flow ids are per host";
}

TEST(Records, gaps_and_other_snapshots_cut) {
  FlowTable table{FlowTable::Options{}};
  auto segments = table.take(batch_of({record(1, 0), record(1, 1), record(1, 3), record(1, 4)}));
  ASSERT_EQ(segments.size(), 2U);
  EXPECT_EQ(segments[0].rows(), 1U);
  EXPECT_EQ(segments[1].rows(), 1U);
  EXPECT_EQ(segments[0].critic_states.size(), 2 * kCriticInputs);
  lf_cc_record swapped = record(1, 5);
  swapped.snapshot = 2;
  EXPECT_TRUE(table.take(batch_of({swapped})).empty());
}

TEST(Records, flows_do_not_mix) {
  FlowTable table{FlowTable::Options{}};
  const auto segments =
      table.take(batch_of({record(1, 0), record(2, 0), record(1, 1), record(2, 1), record(2, 2)}));
  ASSERT_EQ(segments.size(), 2U);
  EXPECT_EQ(segments[0].rows() + segments[1].rows(), 3U);
}

TEST(Records, who_is_not_in_charge_does_not_train) {
  for (const std::uint32_t flag : {LF_CC_FLAG_LIMITED, LF_CC_FLAG_START, LF_CC_FLAG_FALLBACK}) {
    FlowTable table{FlowTable::Options{}};
    lf_cc_record odd = record(1, 1);
    odd.flags |= flag;
    EXPECT_TRUE(table.take(batch_of({record(1, 0), odd, record(1, 2)})).empty()) << flag;
  }
}

TEST(Records, only_actions_applied_as_drawn_teach_the_policy) {
  FlowTable table{FlowTable::Options{}};
  std::vector<lf_cc_record> records;
  for (std::uint32_t i = 0; i < 6; i++) records.push_back(record(1, i));
  records[0].flags |= LF_CC_FLAG_CLAMPED;
  records[1].flags &= ~static_cast<std::uint32_t>(LF_CC_FLAG_EXPLORED);
  records[2].sigma = 0;
  records[3].action = LF_AURORA_ACTION_MAX;
  const auto segments = table.take(batch_of(records));
  ASSERT_EQ(segments.size(), 1U);
  EXPECT_EQ(segments[0].explored, (std::vector<char>{0, 0, 0, 0, 1}));
}

lf_cc_record without_queue(lf_cc_record r) {
  r.rtt_us = r.base_rtt_us;
  return r;
}

TEST(Records, capacity_is_the_best_of_the_window) {
  FlowTable::Options options;
  options.capacity_window = 1;
  FlowTable table(options);
  std::vector<lf_cc_record> fast, slow;
  for (std::uint32_t i = 0; i < 30; i++) fast.push_back(without_queue(record(1, i)));
  table.take(batch_of(fast));
  for (std::uint32_t i = 30; i < 50; i++) {
    slow.push_back(without_queue(record(1, i)));
    slow.back().delivered_rate = 450'000;
  }
  const auto first = table.take(batch_of(slow));
  ASSERT_EQ(first.size(), 1U);
  EXPECT_NEAR(first[0].rewards.back(), 0.5, 1e-3);
  for (auto &r : slow) {
    r.seq += 100;
    r.time_ns += 10'000'000'000ULL;  // the window has passed
  }
  EXPECT_NEAR(table.take(batch_of(slow)).at(0).rewards.back(), 1, 1e-2);
}

// While a queue stands, what a flow lacks of its capacity is what others have.
TEST(Records, behind_a_queue_the_own_share_counts_a_quarter) {
  FlowTable table{FlowTable::Options{}};
  std::vector<lf_cc_record> records;
  for (std::uint32_t i = 0; i < 30; i++) records.push_back(without_queue(record(1, i)));
  table.take(batch_of(records));
  records.clear();
  for (std::uint32_t i = 30; i < 40; i++) {
    records.push_back(record(1, i));
    records.back().delivered_rate = 450'000;
    records.back().rtt_us = 80'000;
  }
  const auto segments = table.take(batch_of(records));
  ASSERT_EQ(segments.size(), 1U);
  EXPECT_NEAR(segments[0].rewards.back(), 1 - 0.25 * 0.5 - 0.4 * 0.5, 1e-3);
}

lf_cc_record with_objective(lf_cc_record r, double throughput, double latency) {
  r.weight[0] = to_q16(throughput);
  r.weight[1] = to_q16(latency);
  r.weight[2] = to_q16(1 - throughput - latency);
  return r;
}

FlowTable::Options objectives() {
  FlowTable::Options o;
  o.app = "mocc";
  o.objectives = true;
  return o;
}

TEST(Records, an_objective_is_input_and_reward) {
  FlowTable table(objectives());
  Batch b = batch_of({with_objective(record(1, 0), 0.6, 0.3), with_objective(record(1, 1), 0.6, 0.3),
                      with_objective(record(1, 2), 0.1, 0.6), with_objective(record(1, 3), 0.1, 0.6)});
  EXPECT_THROW(table.take(b), Error) << "app cc";
  b.app = "mocc";
  const auto segments = table.take(b);
  ASSERT_EQ(segments.size(), 2U) << "a change of objective cuts";
  const Segment &s = segments[0];
  EXPECT_EQ(s.objective[0], to_q16(0.6));
  ASSERT_EQ(s.states.size(), kMoccInputs);
  EXPECT_NEAR(s.states[0], 0.6, 1e-4);
  EXPECT_EQ(s.critic_states.size(), 2 * (kWeights + kCriticInputs));
  EXPECT_NEAR(s.rewards[0], 0.6 + 0.3 * 40 / 44 + 0.1, 1e-4);
  EXPECT_NEAR(segments[1].rewards[0], 0.1 + 0.6 * 40 / 44 + 0.3, 1e-4);
}

TEST(Records, what_is_no_objective_does_not_train) {
  FlowTable table(objectives());
  Batch b = batch_of({record(1, 0), record(1, 1), with_objective(record(2, 0), 0.9, 0.9),
                      with_objective(record(2, 1), 0.9, 0.9)});
  b.app = "mocc";
  EXPECT_TRUE(table.take(b).empty());
}

TEST(Records, the_table_is_bounded) {
  FlowTable::Options options;
  options.flows = 100;
  FlowTable table(options);
  for (std::uint64_t b = 0; b < 20; b++) {
    std::vector<lf_cc_record> records;
    for (std::uint64_t i = 0; i < 50; i++) records.push_back(record(b * 50 + i, 0));
    table.take(batch_of(records));
    EXPECT_LE(table.size(), 100U);
  }
  std::vector<lf_cc_record> many;
  for (std::uint64_t i = 0; i < 500; i++) many.push_back(record(10'000 + i, 0));
  table.take(batch_of(many));
  EXPECT_LE(table.size(), 100U);
}

TEST(Records, hostile_numbers_stay_finite) {
  lf_cc_record a{}, b{};
  std::memset(&a, 0xff, sizeof a);
  std::memset(&b, 0xff, sizeof b);
  a.flags = b.flags = LF_CC_FLAG_EXPLORED;
  a.seq = 0;
  b.seq = 1;
  FlowTable table{FlowTable::Options{}};
  for (const Segment &s : table.take(batch_of({a, b}))) {
    for (const double r : s.rewards) EXPECT_TRUE(std::isfinite(r));
    for (const float v : s.critic_states) EXPECT_TRUE(std::isfinite(v));
  }
  EXPECT_TRUE(table.take(batch_of({lf_cc_record{}, lf_cc_record{}})).empty());
}

}  // namespace
}  // namespace liteflow::aurora
