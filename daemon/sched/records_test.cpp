// SPDX-License-Identifier: GPL-2.0
#include "daemon/sched/records.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <functional>

#include "codegen/error.h"
#include "daemon/sched/test_record.h"

namespace liteflow::sched {
namespace {

TEST(Records, a_flow_is_its_inputs_and_its_size) {
  lf_sched_record r = record(5000);
  const auto reading = read(std::span(&r, 1));
  ASSERT_EQ(reading.used, 1U);
  ASSERT_EQ(reading.rows.size(), 1U);
  EXPECT_NEAR(reading.rows.labels[0], std::log2(5001.0), 0.01);
  EXPECT_FLOAT_EQ(reading.rows.weights[0], 1);
  for (std::size_t i = 0; i < kInputs; i++)
    EXPECT_FLOAT_EQ(reading.rows.features[i], static_cast<float>(r.state[i]) / 65536) << i;
  EXPECT_NEAR(bytes_of(label_of(5000)), 5000, 50);
}

TEST(Records, a_flow_beyond_limits_is_asked_about_again) {
  lf_sched_record r = record(20'000);
  const auto two = read(std::span(&r, 1));
  ASSERT_EQ(two.rows.size(), 2U);
  const double sent = bytes_of(two.rows.features[kInputs + LF_SCHED_SENT]);
  EXPECT_GT(sent, 9900);
  EXPECT_LE(sent, 20'100);
  EXPECT_EQ(two.rows.labels[0], two.rows.labels[1]);
  r = record(5'000'000);
  EXPECT_EQ(read(std::span(&r, 1)).rows.size(), 7U);
  r = record(10'001);
  const auto ended = read(std::span(&r, 1));
  EXPECT_FLOAT_EQ(ended.rows.features[kInputs + LF_SCHED_SENT], label_of(10'001));
}

TEST(Records, a_flow_asked_about_at_its_second_packet_knows_of_the_first) {
  lf_sched_record r = record(20'000);
  r.state[LF_SCHED_SENT] = lf_log2(300);
  const auto reading = read(std::span(&r, 1));
  ASSERT_EQ(reading.rows.size(), 2U);
  EXPECT_FLOAT_EQ(reading.rows.features[LF_SCHED_SENT], label_of(300));
  EXPECT_GT(reading.rows.features[kInputs + LF_SCHED_SENT], label_of(10'000));
}

struct Bad {
  const char *what;
  std::function<void(lf_sched_record &)> spoil;
};

class BadRecord : public testing::TestWithParam<Bad> {};

TEST_P(BadRecord, is_counted_and_skipped) {
  std::vector<lf_sched_record> records = {record(5000), record(5000), record(5000)};
  GetParam().spoil(records[1]);
  const auto reading = read(records);
  EXPECT_EQ(reading.used, 2U);
  EXPECT_EQ(reading.skipped, 1U);
  EXPECT_EQ(reading.rows.size(), 2U);
}

INSTANTIATE_TEST_SUITE_P(
    Records, BadRecord,
    testing::Values(Bad{"no_bytes", [](auto &r) { r.bytes = 0; }}, Bad{"bytes", [](auto &r) { r.bytes = ~0ULL; }},
                    Bad{"flags", [](auto &r) { r.flags = 1U << 31; }}, Bad{"port", [](auto &r) { r.port = 65536; }},
                    Bad{"band", [](auto &r) { r.flags |= LF_SCHED_FLAG_DECIDED, r.band = LF_SCHED_BANDS; }},
                    Bad{"mean", [](auto &r) { r.mean = -1; }},
                    Bad{"low", [](auto &r) { r.state[LF_SCHED_QUEUED] = -1; }},
                    Bad{"high", [](auto &r) { r.state[LF_SCHED_GAP] = LF_SCHED_LOG_MAX + 1; }},
                    Bad{"sent", [](auto &r) { r.state[LF_SCHED_SENT] = lf_log2(r.bytes) + 1; }},
                    Bad{"flag", [](auto &r) { r.state[LF_SCHED_FIRST] = LF_ONE / 2; }},
                    Bad{"history", [](auto &r) { r.state[LF_SCHED_SIZES] = 0; }},
                    Bad{"well_known", [](auto &r) { r.state[LF_SCHED_WELL_KNOWN] = 0; }},
                    Bad{"ephemeral", [](auto &r) { r.state[LF_SCHED_EPHEMERAL] = LF_ONE; }},
                    Bad{"dscp", [](auto &r) { r.state[LF_SCHED_DSCP] = LF_ONE; }}),
    [](const auto &param) { return std::string(param.param.what); });

TEST(Records, batches_of_others_are_refused) {
  Batch b;
  b.app = "sched";
  b.record_bytes = sizeof(lf_sched_record);
  EXPECT_EQ(read_batch(b).used, 0U);
  b.records.resize(7);
  EXPECT_THROW(read_batch(b), Error);
  b.records.clear();
  b.record_bytes -= 4;
  EXPECT_THROW(read_batch(b), Error);
  b.record_bytes += 4;
  b.app = "cc";
  EXPECT_THROW(read_batch(b), Error);
}

}  // namespace
}  // namespace liteflow::sched
