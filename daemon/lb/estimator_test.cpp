// SPDX-License-Identifier: GPL-2.0
#include "daemon/lb/estimator.h"

#include <gtest/gtest.h>

#include <cstring>

#include "codegen/error.h"
#include "daemon/lb/test_record.h"

namespace liteflow {
namespace {

Batch batch_of(const std::vector<lf_lb_record> &records) {
  Batch batch{.app = "lb", .host = "h", .record_bytes = sizeof(lf_lb_record), .records = {}, .dropped = 0};
  batch.records.resize(records.size() * sizeof(lf_lb_record));
  std::memcpy(batch.records.data(), records.data(), batch.records.size());
  return batch;
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
  options.path_mbit = {"20", "20", "20", "5"};
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

TEST(LbEstimator, WhatIsObservedBeginsAnew) {
  const auto estimator = make_lb_estimator(options(), 1);
  estimator->observe(batch_of(records(200)));
  EXPECT_EQ(estimator->observed("h"), 3);
  estimator->forget_observed("h");
  EXPECT_FALSE(estimator->observed("h"));
}

TEST(LbEstimator, PathsAreNeeded) {
  EstimateOptions o = options();
  o.path_mbit = {"20"};
  EXPECT_THROW(make_lb_estimator(o, 1), Error);
  o.path_mbit = {"20", "much"};
  EXPECT_THROW(make_lb_estimator(o, 1), Error);
}

}  // namespace
}  // namespace liteflow
