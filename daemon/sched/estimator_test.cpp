// SPDX-License-Identifier: GPL-2.0
#include "daemon/sched/estimator.h"

#include <gtest/gtest.h>

#include "daemon/sched/evaluation.h"
#include "daemon/sched/test_record.h"

namespace liteflow {
namespace {

// Half of them small, half large; together nearly as much as 100 Mbit/s carry. What waits tells of the size.
std::vector<lf_sched_record> records(std::size_t n) {
  std::vector<lf_sched_record> all;
  for (std::size_t i = 0; i < n; i++) {
    lf_sched_record r = sched::record(i % 2 ? 400'000 : 4000);
    r.time_ns = 1'000'000'000 + i * 17'000'000;
    r.duration_us = i % 2 ? 64'000 : 640;
    all.push_back(r);
  }
  return all;
}

EstimateOptions options() {
  EstimateOptions options;
  options.link_mbit = 100;
  options.flows = 1000;
  options.least_flows = 100;
  return options;
}

// One that tells the sizes, and one that takes all for the same.
Matrix knows(const Matrix &inputs) {
  Matrix out(inputs.rows, 1);
  for (std::size_t i = 0; i < inputs.rows; i++) out(i, 0) = inputs(i, LF_SCHED_QUEUED);
  return out;
}
Matrix thinks_large(const Matrix &inputs) {
  Matrix out(inputs.rows, 1);
  for (double &value : out.values) value = 18;
  return out;
}

const auto kNever = [] { return false; };

TEST(SchedEstimator, KnowingSizesIsBetter) {
  const EstimateOptions o = options();
  const auto estimator = make_sched_estimator(o, 1);
  estimator->observe(sched::batch_of(records(400)));
  const auto prediction = estimator->predict("simulated", thinks_large, knows, kNever);
  ASSERT_TRUE(prediction);
  EXPECT_EQ(prediction->flows, 400U);
  EXPECT_LT(prediction->candidate, 0.7 * prediction->running);
  const auto same = estimator->predict("simulated", knows, knows, kNever);
  EXPECT_EQ(same->running, same->candidate);
}

TEST(SchedEstimator, FewFlowsOrNoTimeAreNoOpinion) {
  const EstimateOptions o = options();
  const auto estimator = make_sched_estimator(o, 1);
  estimator->observe(sched::batch_of(records(99)));
  EXPECT_FALSE(estimator->predict("simulated", knows, knows, kNever));
  estimator->observe(sched::batch_of(records(99)));
  EXPECT_TRUE(estimator->predict("simulated", knows, knows, kNever));
  EXPECT_FALSE(estimator->predict("simulated", knows, knows, [] { return true; }));
  EXPECT_FALSE(estimator->predict("another", knows, knows, kNever));
}

TEST(SchedEstimator, WhatIsObservedIsOfASnapshotAndOfFlowsThatACloseEnded) {
  const EstimateOptions o = options();
  const auto estimator = make_sched_estimator(o, 1);
  auto flows = records(400);
  for (std::size_t i = 0; i < flows.size(); i++) flows[i].snapshot = 1 + i % 4 / 2;
  for (auto &r : flows)
    if (r.snapshot == 2) r.flags &= ~static_cast<std::uint32_t>(LF_SCHED_FLAG_CLOSED);
  estimator->observe(sched::batch_of(flows));
  ASSERT_TRUE(estimator->observed("simulated", 1));
  EXPECT_NEAR(*estimator->observed("simulated", 1), 2, 0.1);
  EXPECT_FALSE(estimator->observed("simulated", 2));
}

TEST(SchedEstimator, NonsenseIsLeftOut) {
  const EstimateOptions o = options();
  const auto estimator = make_sched_estimator(o, 1);
  auto bad = records(200);
  for (auto &r : bad) r.bytes = 0;
  estimator->observe(sched::batch_of(bad));
  EXPECT_FALSE(estimator->predict("simulated", knows, knows, kNever));
}

}  // namespace
}  // namespace liteflow
