// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/parsimon/alone.h"

#include <gtest/gtest.h>

namespace liteflow::sim::parsimon {
namespace {

const Wire kWire;                      // 1048 bytes a packet
constexpr double kFull = 1048 * 8;     // bits
constexpr Pipe kPipe{10, 40, 1000, 2000, 3000};

double alone(const Pipe &pipe, std::uint64_t bytes, const Transport &transport = {}) {
  return Alone(transport).ns(pipe, Packets(kWire, bytes));
}

TEST(Packets, the_last_one_has_the_rest) {
  const Packets one(kWire, 1), full(kWire, 1000), two(kWire, 1001);
  EXPECT_EQ(one.number, 1U);
  EXPECT_EQ(one.last_bits, 49 * 8);
  EXPECT_EQ(full.number, 1U);
  EXPECT_EQ(full.last_bits, kFull);
  EXPECT_EQ(two.number, 2U);
  EXPECT_EQ(two.last_bits, 49 * 8);
}

TEST(Alone, one_packet_goes_over_both_links) {
  EXPECT_NEAR(alone(kPipe, 1000), kFull / 10 + 1000 + kFull / 40 + 2000, 1e-6);
  EXPECT_NEAR(alone({0, 40, 0, 2000, 3000}, 1000), kFull / 40 + 2000, 1e-6);
}

TEST(Alone, what_the_first_window_holds_goes_at_once) {
  EXPECT_NEAR(alone(kPipe, 10000), 10 * kFull / 10 + 1000 + kFull / 40 + 2000, 1e-6);
  EXPECT_NEAR(alone({40, 10, 1000, 2000, 3000}, 10000), kFull / 40 + 1000 + 10 * kFull / 10 + 2000, 1e-6);
}

// The short one catches up with what is before it only where it is not held up.
TEST(Alone, a_short_last_packet_waits_for_the_one_before) {
  EXPECT_NEAR(alone({40, 10, 0, 0, 0}, 1001), kFull / 40 + kFull / 10 + 49 * 8 / 10.0, 1e-6);
  EXPECT_NEAR(alone({10, 40, 0, 0, 0}, 1001), kFull / 10 + kFull / 40 + 49 * 8 / 40.0, 1e-6);
  EXPECT_NEAR(alone({10, 40, 0, 0, 0}, 1500), kFull / 10 + 548 * 8 / 10.0 + 548 * 8 / 40.0, 1e-6);
}

// The eleventh packet waits for the first one's ACK; what follows is released by twos and sent one after the other.
TEST(Alone, the_next_round_waits_for_an_ack) {
  const double rtt = kPipe.rtt_ns(kFull);
  ASSERT_NEAR(rtt, 6000 + kFull / 10 + kFull / 40, 1e-9);
  const Pipe far{10, 40, 10000, 20000, 30000};
  const double far_rtt = far.rtt_ns(kFull), first = kFull / 10 + 10000 + kFull / 40 + 20000;
  EXPECT_NEAR(alone(far, 11000), far_rtt + first, 1e-6);
  EXPECT_NEAR(alone(far, 13000), far_rtt + first + 2 * kFull / 10, 1e-6);
  // 10 + 20 + 40 packets, and one of the fourth round.
  EXPECT_NEAR(alone(far, 71000), 3 * far_rtt + first, 1e-6);
  // Windows of 80 packets fill it: 67 us of sending in 61 us.
  EXPECT_NEAR(alone(far, 1000000), 3 * far_rtt + first + 929 * kFull / 10, 1e-3);
}

TEST(Alone, a_small_window_never_fills_it) {
  const Pipe far{10, 40, 10000, 20000, 30000};
  const Transport t{.most_window = 10};
  const double first = kFull / 10 + 10000 + kFull / 40 + 20000;
  EXPECT_NEAR(alone(far, 1000000, t), 99 * far.rtt_ns(kFull) + first + 9 * kFull / 10, 1e-3);
}

TEST(Alone, a_window_that_holds_all_is_no_bound) {
  const Transport t{.initial_window = 1e9, .most_window = 1e9};
  EXPECT_NEAR(alone(kPipe, 1000000, t), 1000 * kFull / 10 + 1000 + kFull / 40 + 2000, 1e-3);
}

TEST(Alone, more_bytes_never_take_less_time) {
  double before = 0;
  for (std::uint64_t bytes = 1; bytes < 200000; bytes += 333) {
    const double ns = alone({10, 9, 5000, 5000, 5000}, bytes);
    ASSERT_GE(ns, before) << bytes;
    before = ns;
  }
}

}  // namespace
}  // namespace liteflow::sim::parsimon
