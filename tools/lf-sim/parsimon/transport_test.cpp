// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/parsimon/transport.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "codegen/error.h"

namespace liteflow::sim::parsimon {
namespace {

constexpr double kRtt_ns = 10e3;

// A window in congestion avoidance: lost once and acknowledged beyond that.
Window settled(const Transport &t, double packets) {
  Transport large = t;
  large.initial_window = t.control == Control::cubic ? packets / 0.7 : 2 * packets;
  Window w(large);
  w.lost(large, 0, 1);
  return w;
}

TEST(Window, grows_by_a_packet_each_ack_in_slow_start) {
  const Transport t;
  Window w(t);
  for (std::uint32_t i = 0; i < 5; i++) w.acked(t, i, 20, false, 0, kRtt_ns);
  EXPECT_EQ(w.packets(), 15);
}

TEST(Window, grows_by_a_packet_each_window_after_a_loss) {
  const Transport t{.control = Control::newreno};
  Window w = settled(t, 10);
  EXPECT_EQ(w.packets(), 10);
  for (std::uint32_t i = 1; i <= 10; i++) w.acked(t, i, 20, false, 0, kRtt_ns);
  EXPECT_NEAR(w.packets(), 11, 0.1);
}

TEST(Window, is_cut_once_for_what_was_sent_before) {
  const Transport t{.control = Control::newreno, .initial_window = 32};
  Window w(t);
  w.lost(t, 3, 32);
  w.lost(t, 7, 32);
  EXPECT_EQ(w.packets(), 16);
  w.lost(t, 32, 40);
  EXPECT_EQ(w.packets(), 8);
}

TEST(Window, does_not_grow_by_what_was_sent_before_a_cut) {
  const Transport t{.control = Control::newreno, .initial_window = 32};
  Window w(t);
  w.lost(t, 3, 32);
  w.acked(t, 31, 32, false, 0, kRtt_ns);
  EXPECT_EQ(w.packets(), 16);
}

TEST(Window, begins_anew_after_a_timeout) {
  const Transport t{.control = Control::newreno, .initial_window = 32};
  Window w(t);
  w.timed_out(t, 32);
  EXPECT_EQ(w.packets(), 1);
  // What is sent then is acknowledged: slow start to half of the window.
  for (std::uint32_t i = 32; i < 47; i++) w.acked(t, i, 60, false, 0, kRtt_ns);
  EXPECT_EQ(w.packets(), 16);
  w.acked(t, 47, 60, false, 0, kRtt_ns);
  EXPECT_LT(w.packets(), 16.1);
}

TEST(Window, never_exceeds_the_receivers) {
  const Transport t{.most_window = 12};
  Window w(t);
  for (std::uint32_t i = 0; i < 5; i++) w.acked(t, i, 20, false, 0, kRtt_ns);
  EXPECT_EQ(w.packets(), 12);
}

// Windows of ten, of which one packet each is marked: alpha tends to a tenth, by a sixteenth of the distance each time.
TEST(Dctcp, alpha_follows_the_share_of_marks) {
  const Transport t;
  Window w(t);
  std::uint32_t next = 1;
  w.acked(t, 0, 10, false, 0, kRtt_ns);
  EXPECT_EQ(w.alpha(), 1);
  double expected = 1;
  for (int window = 0; window < 200; window++) {
    // The first one also has the ACK before it.
    for (int i = 0; i < 10; i++, next++) w.acked(t, next, next + 10, i == 0, 0, kRtt_ns);
    expected += (1.0 / (window ? 10 : 11) - expected) / 16;
    ASSERT_NEAR(w.alpha(), expected, 1e-9) << window;
  }
  EXPECT_NEAR(w.alpha(), 0.1, 1e-4);
}

TEST(Dctcp, cuts_by_half_of_alpha) {
  const Transport t{.initial_window = 40};
  Window w(t);
  w.acked(t, 0, 40, true, 0, kRtt_ns);
  EXPECT_EQ(w.packets(), 20);
  w.acked(t, 1, 40, true, 0, kRtt_ns);
  EXPECT_EQ(w.packets(), 20);
}

TEST(Dctcp, two_packets_are_left) {
  const Transport t{.initial_window = 2};
  Window w(t);
  w.acked(t, 0, 2, true, 0, kRtt_ns);
  EXPECT_EQ(w.packets(), 2);
}

TEST(Newreno, takes_a_mark_for_a_loss) {
  const Transport t{.control = Control::newreno};
  Window w(t);
  w.acked(t, 0, 10, true, 0, kRtt_ns);
  EXPECT_EQ(w.packets(), 5);
}

TEST(Cubic, takes_a_mark_for_a_loss) {
  const Transport t{.control = Control::cubic};
  Window w(t);
  w.acked(t, 0, 10, true, 0, kRtt_ns);
  EXPECT_EQ(w.packets(), 7);
}

// 100 packets lost a window of 1000: RFC 9438's K is (300/0.4)^(1/3) = 9.086 s, when it is at 1000 again.
TEST(Cubic, comes_back_to_the_window_of_the_loss_after_k) {
  const Transport t{.control = Control::cubic, .initial_window = 1000};
  Window w(t);
  w.lost(t, 0, 1);
  EXPECT_EQ(w.packets(), 700);
  const double rtt_ns = 100e6;
  std::uint32_t next = 1;
  double now = 0;
  const auto until = [&](double end_ns) {
    for (; now < end_ns; now += rtt_ns)
      for (double left = std::floor(w.packets()); left > 0; left--, next++)
        w.acked(t, next, next + 1, false, now, rtt_ns);
  };
  until(4.5e9);
  EXPECT_GT(w.packets(), 930);  // half of the time: 1000 - 0.4 * 4.59^3 and a round trip's growth
  EXPECT_LT(w.packets(), 980);
  until(9.1e9);
  EXPECT_NEAR(w.packets(), 1000, 5);
}

// ACKs one 20th of a round trip apart: with 20 packets in a round the link never rests.
TEST(Cubic, leaves_slow_start_when_acks_fill_a_round_trip) {
  const Transport cubic{.control = Control::cubic}, newreno{.control = Control::newreno};
  Window w(cubic), other(newreno);
  std::uint32_t transmission = 0, sent = 10;
  for (int i = 0; i < 200; i++, transmission++) {
    w.acked(cubic, transmission, sent, false, i * kRtt_ns / 20, kRtt_ns);
    other.acked(newreno, transmission, sent, false, i * kRtt_ns / 20, kRtt_ns);
    sent += 2;
  }
  EXPECT_GE(w.packets(), 16);
  EXPECT_LT(w.packets(), 70);
  EXPECT_EQ(other.packets(), 210);
}

// At a short round trip it does as Reno does, with 0.53 packets each round trip.
TEST(Cubic, is_friendly_at_short_round_trips) {
  const Transport t{.control = Control::cubic};
  Window w = settled(t, 70);
  const double before = w.packets();
  std::uint32_t next = 1;
  for (int round = 0; round < 20; round++)
    for (int i = 0; i < 70; i++, next++) w.acked(t, next, next + 1, false, round * kRtt_ns, kRtt_ns);
  EXPECT_NEAR(w.packets() - before, 19 * 0.53, 1.1);
}

void refused(const Transport &t, const char *why) {
  try {
    check(t);
    ADD_FAILURE() << why;
  } catch (const Error &e) {
    EXPECT_NE(std::string(e.what()).find(why), std::string::npos) << e.what();
  }
}

TEST(Transport, out_of_range_is_refused) {
  EXPECT_NO_THROW(check(Transport{}));
  refused({.initial_window = 0.5}, "initial_window");
  refused({.initial_window = std::nan("")}, "initial_window");
  refused({.initial_window = 10, .most_window = 9}, "most_window");
  refused({.gain = 0}, "gain");
  refused({.gain = 1.1}, "gain");
  refused({.min_rto_ns = 0}, "min_rto_ns");
  refused({.min_rto_ns = std::numeric_limits<double>::infinity()}, "min_rto_ns");
}

}  // namespace
}  // namespace liteflow::sim::parsimon
