// SPDX-License-Identifier: GPL-2.0
// Sequences whose inputs were reckoned by hand from kmod/sched/flow.c and history.c.
#include "daemon/sched/host.h"

#include <gtest/gtest.h>

#include <cmath>

#include "daemon/sched/records.h"

namespace liteflow::sched {
namespace {

constexpr Endpoint kWeb = {.peer = 1, .port = 80, .passive = true, .cgroup = 1, .dscp = 0};
constexpr std::uint64_t kStart = 1'000'000;

std::int32_t input(const lf_sched_record &flow, int which) { return flow.state[which]; }

TEST(Host, log2_is_close_and_never_falls) {
  std::int32_t before = -1;
  for (std::uint64_t x = 0; x < 1'000'000; x += 1 + x / 100) {
    EXPECT_NEAR(lf_log2(x) / 65536.0, std::log2(1.0 + static_cast<double>(x)), 0.01);
    EXPECT_GE(lf_log2(x), before);
    before = lf_log2(x);
  }
  EXPECT_EQ(lf_log2(0), 0);
  EXPECT_EQ(lf_log2(1), LF_ONE);
  EXPECT_EQ(lf_log2(~0ULL >> 1), LF_SCHED_LOG_MAX);
}

TEST(Host, a_first_flow_knows_what_waits_and_what_came_in) {
  Host host;
  const auto c = host.connect(kWeb);
  host.receive(c, 300);
  host.send(c, kStart, 5000, 5000, kStart + 2000);
  host.close(c, kStart + 9000);
  ASSERT_EQ(host.ended().size(), 1U);
  const lf_sched_record &f = host.ended()[0];
  EXPECT_EQ(f.bytes, 5000U);
  EXPECT_EQ(f.duration_us, 9000U);
  EXPECT_EQ(f.flags, static_cast<std::uint32_t>(LF_SCHED_FLAG_CLOSED));
  EXPECT_EQ(input(f, LF_SCHED_QUEUED), lf_log2(5000));
  EXPECT_EQ(input(f, LF_SCHED_SENT), 0);
  EXPECT_EQ(input(f, LF_SCHED_RECEIVED), lf_log2(300));
  EXPECT_EQ(input(f, LF_SCHED_GAP), 0);
  for (int i = 0; i < LF_SCHED_HISTORY; i++) EXPECT_EQ(input(f, LF_SCHED_SIZES + i), 0);
  EXPECT_EQ(input(f, LF_SCHED_MEAN), 0);
  EXPECT_EQ(input(f, LF_SCHED_FIRST), LF_ONE);
  EXPECT_EQ(input(f, LF_SCHED_PASSIVE), LF_ONE);
  EXPECT_EQ(input(f, LF_SCHED_WELL_KNOWN), LF_ONE);
  EXPECT_EQ(input(f, LF_SCHED_EPHEMERAL), 0);
  EXPECT_TRUE(is_sane(f));
}

TEST(Host, what_waits_is_exact_up_to_half_of_the_window) {
  const auto waiting = [](std::uint64_t bytes, std::uint64_t written, std::uint64_t before) {
    Host host;
    const auto c = host.connect(kWeb);
    if (before) host.send(c, kStart, before, before, kStart + 1000);
    host.send(c, kStart + 100'000, bytes, written, kStart + 200'000);
    host.close(c, kStart + 200'000);
    return bytes_of(host.ended().back().state[LF_SCHED_QUEUED] / 65536.0);
  };
  EXPECT_NEAR(waiting(31'000, 31'000, 0), 31'000, 310);
  EXPECT_NEAR(waiting(500'000, 500'000, 0), 31'856, 320);
  EXPECT_NEAR(waiting(500'000, 500'000, 1 << 20), 65'160, 660);  // the window has grown
}

TEST(Host, what_is_less_than_a_segment_leaves_ahead_of_the_rest) {
  const auto flow = [](std::uint64_t bytes, std::uint64_t written) {
    Host host;
    const auto c = host.connect(kWeb);
    host.send(c, kStart, bytes, written, kStart + 1000);
    host.close(c, kStart + 2000);
    return host.ended().back();
  };
  EXPECT_EQ(input(flow(20'250, 250), LF_SCHED_QUEUED), lf_log2(20'000));
  EXPECT_EQ(input(flow(20'250, 250), LF_SCHED_SENT), lf_log2(250));
  EXPECT_EQ(input(flow(500'000, 250), LF_SCHED_QUEUED), lf_log2(31'856));
  EXPECT_EQ(input(flow(250, 250), LF_SCHED_QUEUED), lf_log2(250));
  EXPECT_EQ(input(flow(250, 250), LF_SCHED_SENT), 0);
  EXPECT_EQ(input(flow(20'000, 2'000), LF_SCHED_QUEUED), lf_log2(2'000));
  EXPECT_EQ(input(flow(20'000, 2'000), LF_SCHED_SENT), 0);
}

TEST(Host, a_pause_of_ten_milliseconds_ends_a_flow) {
  Host host;
  const auto c = host.connect(kWeb);
  host.receive(c, 300);
  host.send(c, kStart, 1000, 1000, kStart + 1000);
  host.send(c, kStart + 8000, 2000, 2000, kStart + 9000);  // goes on
  host.receive(c, 700);
  host.send(c, kStart + 29'000, 4000, 4000, kStart + 30'000);
  ASSERT_EQ(host.ended().size(), 1U);
  EXPECT_EQ(host.ended()[0].bytes, 3000U);
  EXPECT_EQ(host.ended()[0].flags, 0U);
  EXPECT_EQ(host.ended()[0].time_ns, (kStart + 29'000) * 1000);
  host.close(c, kStart + 40'000);
  ASSERT_EQ(host.ended().size(), 2U);
  const lf_sched_record &f = host.ended()[1];
  EXPECT_EQ(f.bytes, 4000U);
  EXPECT_EQ(input(f, LF_SCHED_RECEIVED), lf_log2(700));
  EXPECT_EQ(input(f, LF_SCHED_GAP), lf_log2(29'000));
  EXPECT_EQ(input(f, LF_SCHED_SIZES), lf_log2(3000));
  EXPECT_EQ(input(f, LF_SCHED_FIRST), 0);
}

TEST(Host, while_data_waits_a_connection_is_not_idle) {
  Host host;
  const auto c = host.connect(kWeb);
  host.send(c, kStart, 3'000'000, 3'000'000, kStart + 300'000);
  host.send(c, kStart + 200'000, 1000, 1000, kStart + 301'000);
  host.close(c, kStart + 400'000);
  ASSERT_EQ(host.ended().size(), 1U);
  EXPECT_EQ(host.ended()[0].bytes, 3'001'000U);
}

TEST(Host, a_pair_remembers_the_last_five_latest_first) {
  Host host;
  for (std::uint64_t i = 1; i <= 7; i++) {
    const auto c = host.connect(kWeb);
    host.send(c, kStart + i * 100'000, i * 1000, i * 1000, kStart + i * 100'000 + 500);
    host.close(c, kStart + i * 100'000 + 600);
  }
  const lf_sched_record &f = host.ended()[6];
  std::int32_t sum = 0;
  for (std::uint64_t i = 0; i < LF_SCHED_HISTORY; i++) {
    EXPECT_EQ(input(f, LF_SCHED_SIZES + static_cast<int>(i)), lf_log2((6 - i) * 1000));
    sum += lf_log2((6 - i) * 1000);
  }
  EXPECT_EQ(input(f, LF_SCHED_MEAN), sum / 5);
  EXPECT_EQ(input(f, LF_SCHED_GAP), lf_log2(100'000));
}

// As in the kernel: until the next packet or the close nobody knows of the end.
TEST(Host, a_size_is_known_when_the_end_is_noticed) {
  Host host;
  const auto a = host.connect(kWeb), b = host.connect(kWeb);
  host.send(a, kStart, 1000, 1000, kStart + 500);
  host.send(b, kStart + 50'000, 2000, 2000, kStart + 51'000);
  host.close(b, kStart + 52'000);
  EXPECT_EQ(input(host.ended()[0], LF_SCHED_SIZES), 0);
  EXPECT_EQ(input(host.ended()[0], LF_SCHED_GAP), lf_log2(50'000));
}

TEST(Host, pairs_and_cgroups_are_remembered_apart) {
  Host host;
  Endpoint other = kWeb;
  other.port = 40'000;
  other.dscp = 46;
  const auto a = host.connect(kWeb), b = host.connect(other);
  host.send(a, kStart, 1000, 1000, kStart + 500);
  host.close(a, kStart + 600);
  host.send(b, kStart + 1000, 2000, 2000, kStart + 1500);
  host.close(b, kStart + 1600);
  const lf_sched_record &f = host.ended()[1];
  EXPECT_EQ(input(f, LF_SCHED_SIZES), 0);
  EXPECT_EQ(input(f, LF_SCHED_CGROUP), lf_log2(1000));
  EXPECT_EQ(input(f, LF_SCHED_EPHEMERAL), LF_ONE);
  EXPECT_EQ(input(f, LF_SCHED_DSCP), 46 * LF_ONE / 64);
}

}  // namespace
}  // namespace liteflow::sched
