// SPDX-License-Identifier: GPL-2.0
#include "daemon/lb/estimator.h"

#include <gtest/gtest.h>

#include "daemon/lb/test_record.h"
#include "daemon/training/records.h"

namespace liteflow {
namespace {

Batch batch_of(const std::vector<lf_lb_record> &records) {
  return liteflow::batch_of<lf_lb_record>("lb", "h", records);
}

std::vector<lf_lb_record> records(std::size_t n) {
  std::vector<lf_lb_record> all;
  for (std::size_t i = 0; i < n; i++) {
    lf_lb_record r = lb::record(30'000, 10'000);
    r.bytes = i % 10 ? 20'000 : 200'000;
    r.time_ns = 1'000'000'000 + i * 40'000'000;
    all.push_back(r);
  }
  return all;
}

// Four paths of 20 Mbit/s, of which one has a quarter.
EstimateOptions options() {
  EstimateOptions options;
  options.link_mbit = 20;
  options.path_mbit = {20, 20, 20, 5};
  options.rtt_us = 1000;
  options.flows = 1000;
  options.least_flows = 100;
  return options;
}

// One that goes by what is known of the round trips, and one that goes against it.
Matrix longer(const Matrix &inputs, double sign) {
  Matrix out(inputs.rows, 1);
  for (std::size_t i = 0; i < inputs.rows; i++) out(i, 0) = sign * inputs(i, LF_LB_LONGER);
  return out;
}
Matrix wise(const Matrix &inputs) { return longer(inputs, 1); }
Matrix foolish(const Matrix &inputs) { return longer(inputs, -1); }

const auto kNever = [] { return false; };

TEST(LbEstimator, GoingTheSlowWayIsWorse) {
  const auto estimator = make_lb_estimator(options(), 1);
  estimator->observe(batch_of(records(400)));
  const auto prediction = estimator->predict("h", wise, foolish, kNever);
  ASSERT_TRUE(prediction);
  EXPECT_EQ(prediction->flows, 400U);
  EXPECT_GT(prediction->candidate, 1.5 * prediction->running);
  const auto again = estimator->predict("h", wise, foolish, kNever);
  EXPECT_EQ(again->running, prediction->running);
  EXPECT_EQ(again->candidate, prediction->candidate);
}

TEST(LbEstimator, FewFlowsOrNoTimeAreNoOpinion) {
  const auto estimator = make_lb_estimator(options(), 1);
  estimator->observe(batch_of(records(99)));
  EXPECT_FALSE(estimator->predict("h", wise, wise, kNever));
  estimator->observe(batch_of(records(99)));
  EXPECT_TRUE(estimator->predict("h", wise, wise, kNever));
  EXPECT_FALSE(estimator->predict("h", wise, wise, [] { return true; }));
}

TEST(LbEstimator, WhatIsObservedIsOfASnapshot) {
  const auto estimator = make_lb_estimator(options(), 1);
  auto flows = records(350);
  for (std::size_t i = 0; i < 150; i++) flows[i].snapshot = 2, flows[i].duration_us = 50'000;
  estimator->observe(batch_of(flows));
  EXPECT_EQ(estimator->observed("h", 1), 3);
  EXPECT_EQ(estimator->observed("h", 2), 5);
  EXPECT_FALSE(estimator->observed("h", 3));
  EXPECT_FALSE(estimator->observed("another", 1));
}

// What is sent over a path that carries next to nothing is under way still a minute after the last one has come.
TEST(LbEstimator, WhatDoesNotEndCountsAsWhatItTook) {
  EstimateOptions o = options();
  o.path_mbit = {20, 20, 20, 0.001};
  const auto estimator = make_lb_estimator(o, 1);
  estimator->observe(batch_of(records(200)));
  const auto prediction = estimator->predict("h", wise, foolish, kNever);
  ASSERT_TRUE(prediction);
  EXPECT_GT(prediction->candidate, 100 * prediction->running);
}

}  // namespace
}  // namespace liteflow
