// SPDX-License-Identifier: GPL-2.0
#include "daemon/lb/records.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "codegen/error.h"
#include "daemon/lb/test_record.h"

namespace liteflow::lb {
namespace {

TEST(LbRecords, a_flow_is_its_paths_figures_and_its_slowdown) {
  const lf_lb_record r = record(4000, 1000);
  const auto reading = read(std::span(&r, 1));
  ASSERT_EQ(reading.used, 1U);
  EXPECT_NEAR(reading.rows.labels[0], 2, 0.02);
  EXPECT_FLOAT_EQ(reading.rows.weights[0], 1);
  for (std::size_t i = 0; i < kInputs; i++)
    EXPECT_FLOAT_EQ(reading.rows.features[i], static_cast<float>(r.state[i]) / 65536) << i;
}

TEST(LbRecords, labels_stay_within_bounds) {
  EXPECT_EQ(label_of(500, 1000), 0);
  EXPECT_EQ(label_of(~0ULL >> 1, 1), 16);
}

TEST(LbRecords, a_row_weighs_by_how_unlikely_its_path_was) {
  const auto weight = [](std::uint32_t probability) {
    lf_lb_record r = record(4000, 1000);
    r.probability = probability;
    return read(std::span(&r, 1)).rows.weights[0];
  };
  EXPECT_FLOAT_EQ(weight(LF_ONE), 0.25F);
  EXPECT_FLOAT_EQ(weight(LF_ONE / 8), 2);
  EXPECT_FLOAT_EQ(weight(1), kMostWeight);
}

struct Case {
  const char *what;
  std::function<void(lf_lb_record &)> change;
};

std::vector<lf_lb_record> with(const Case &c) {
  std::vector<lf_lb_record> records(3, record(4000, 1000));
  c.change(records[1]);
  return records;
}

std::string name_of(const testing::TestParamInfo<Case> &info) { return info.param.what; }

class BadRecord : public testing::TestWithParam<Case> {};

TEST_P(BadRecord, is_counted_and_skipped) {
  const auto reading = read(with(GetParam()));
  EXPECT_EQ(reading.used, 2U);
  EXPECT_EQ(reading.skipped, 1U);
  EXPECT_EQ(reading.rows.size(), 2U);
}

INSTANTIATE_TEST_SUITE_P(
    LbRecords, BadRecord,
    testing::Values(Case{"no_bytes", [](auto &r) { r.bytes = 0; }}, Case{"flags", [](auto &r) { r.flags = 1U << 31; }},
                    Case{"paths", [](auto &r) { r.paths = 17; }},
                    Case{"probability", [](auto &r) { r.probability = LF_ONE + 1; }},
                    Case{"of_no_path", [](auto &r) { r.paths = 0; }},
                    Case{"mean", [](auto &r) { r.mean = LF_LB_SCORE_MAX + 1; }},
                    Case{"share", [](auto &r) { r.state[LF_LB_LOSS] = LF_ONE + 1; }},
                    Case{"low", [](auto &r) { r.state[LF_LB_LONGER] = -1; }},
                    Case{"high", [](auto &r) { r.state[LF_LB_SIZE] = LF_LOG2_MAX + 1; }}),
    name_of);

class MuteRecord : public testing::TestWithParam<Case> {};

TEST_P(MuteRecord, is_no_row) {
  const auto reading = read(with(GetParam()));
  EXPECT_EQ(reading.used, 2U);
  EXPECT_EQ(reading.skipped, 0U);
}

INSTANTIATE_TEST_SUITE_P(
    LbRecords, MuteRecord,
    testing::Values(Case{"moved", [](auto &r) { r.flags |= LF_LB_FLAG_MOVED; }},
                    Case{"probe", [](auto &r) { r.flags |= LF_LB_FLAG_PROBE; }},
                    Case{"fallback", [](auto &r) { r.flags |= LF_LB_FLAG_FALLBACK; }},
                    Case{"unknown_ideal", [](auto &r) { r.ideal_us = 0; }},
                    Case{"unknown_probability", [](auto &r) { r.probability = 0; }}),
    name_of);

TEST(LbRecords, batches_of_others_are_refused) {
  Batch b;
  b.app = "lb";
  b.record_bytes = sizeof(lf_lb_record);
  EXPECT_EQ(read_batch(b).used, 0U);
  b.records.resize(7);
  EXPECT_THROW(read_batch(b), Error);
  b.records.clear();
  b.app = "sched";
  EXPECT_THROW(read_batch(b), Error);
}

}  // namespace
}  // namespace liteflow::lb
