// SPDX-License-Identifier: GPL-2.0
#include "daemon/aurora/link.h"

#include <gtest/gtest.h>

#include "daemon/aurora/domain.h"

namespace liteflow::aurora {
namespace {

LinkSpec plain(double mbit, double rtt_ms, unsigned buffer) {
  LinkSpec spec;
  spec.link.rate = mbit * 1e6 / 8;
  spec.link.base_rtt = rtt_ms * 1e-3;
  spec.link.buffer = buffer;
  spec.ack_every = 1;
  return spec;
}

void run_until(Link &link, double seconds) {
  while (link.seconds() < seconds) link.next_ack();
}

double goodput(const Link &link, double seconds) {
  return static_cast<double>(link.totals().delivered) * link.spec().unit * link.spec().mss / seconds;
}

TEST(Link, every_packet_is_somewhere) {
  Rng rng(5);
  for (std::uint64_t seed = 1; seed <= 20; seed++) {
    const LinkSpec spec = draw_training_link(rng, 100);
    Link link(spec, seed);
    for (int i = 0; i < 3000; i++) {
      if (i % 100 == 0) link.set_pacing(spec.link.rate * rng.uniform(0.3, 2), 1e6);
      link.next_ack();
      const LinkTotals &t = link.totals();
      ASSERT_EQ(t.sent, t.departed + link.queued() + t.dropped + t.lost);
      ASSERT_EQ(t.sent, t.delivered + t.marked_lost + link.in_flight());
      ASSERT_LE(t.delivered, t.departed);
      ASSERT_LE(t.marked_lost, t.dropped + t.lost);
    }
  }
}

TEST(Link, the_seed_decides_everything) {
  LinkSpec spec = plain(20, 30, 40);
  spec.link.loss = 0.01;
  spec.jitter = 1e-3;
  Link a(spec, 7), b(spec, 7), c(spec, 8);
  bool differs = false;
  for (int i = 0; i < 5000; i++) {
    const auto x = a.next_ack(), y = b.next_ack(), z = c.next_ack();
    ASSERT_EQ(x.rtt_us, y.rtt_us);
    ASSERT_EQ(a.counters().now_us, b.counters().now_us);
    differs |= x.rtt_us != z.rtt_us;
  }
  EXPECT_TRUE(differs);
}

TEST(Link, delivers_the_lesser_of_rate_and_capacity) {
  for (const double factor : {0.3, 0.8, 1.0, 1.5, 3.0}) {
    Link link(plain(50, 20, 100), 1);
    link.set_pacing(factor * 50e6 / 8, 1e6);
    run_until(link, 10);
    EXPECT_NEAR(goodput(link, 10) / (50e6 / 8), std::min(factor, 1.0), 0.01) << factor;
  }
}

TEST(Link, a_scaled_link_carries_the_same_bytes) {
  LinkSpec spec = plain(100, 40, 350);
  spec.unit = 4;
  Link link(spec, 1);
  link.set_pacing(0.9 * 100e6 / 8, 1e6);
  run_until(link, 10);
  EXPECT_NEAR(goodput(link, 10) / (100e6 / 8), 0.9, 0.01);
}

TEST(Link, queueing_delay_is_backlog_over_rate) {
  Link link(plain(10, 20, 60), 1);
  link.set_pacing(2 * 10e6 / 8, 1e6);
  run_until(link, 2);
  // The buffer is full: a packet that gets in waits for 60 others.
  const double service = 1448 / (10e6 / 8);
  const double rtt = static_cast<double>(link.next_ack().rtt_us) * 1e-6;
  EXPECT_NEAR(rtt, 0.02 + 60 * service, 2.5 * service);
  EXPECT_GT(link.totals().dropped, 0U);
  EXPECT_NEAR(link.totals().queue_seconds / static_cast<double>(link.totals().departed), 60 * service, 6 * service);
}

TEST(Link, an_empty_link_shows_the_base_delay) {
  Link link(plain(10, 20, 60), 1);
  link.set_pacing(0.2 * 10e6 / 8, 1e6);
  run_until(link, 1);
  const double rtt = static_cast<double>(link.next_ack().rtt_us) * 1e-6;
  // Bursts of two: the second waits one service time at most.
  EXPECT_NEAR(rtt, 0.02, 1448 / (10e6 / 8) + 1e-5);
}

TEST(Link, the_window_bounds_what_is_in_flight) {
  Link link(plain(100, 50, 1000), 1);
  link.set_pacing(100e6 / 8, 20);
  for (int i = 0; i < 2000; i++) {
    link.next_ack();
    ASSERT_LE(link.in_flight(), 20U);
  }
  EXPECT_NEAR(goodput(link, link.seconds()), 20 * 1448 / 0.05, 0.05 * 20 * 1448 / 0.05);
}

TEST(Link, random_loss_is_found_and_counted) {
  LinkSpec spec = plain(50, 20, 200);
  spec.link.loss = 0.02;
  Link link(spec, 3);
  link.set_pacing(0.5 * 50e6 / 8, 1e6);
  run_until(link, 20);
  const LinkTotals &t = link.totals();
  EXPECT_NEAR(static_cast<double>(t.lost) / static_cast<double>(t.sent), 0.02, 0.003);
  EXPECT_EQ(t.dropped, 0U);
  EXPECT_NEAR(static_cast<double>(t.marked_lost), static_cast<double>(t.lost), 10);
}

TEST(Link, a_change_takes_effect_at_its_time) {
  LinkSpec spec = plain(40, 20, 200);
  LinkState slow = spec.link;
  slow.rate /= 4;
  slow.base_rtt = 0.05;
  spec.changes.push_back({5, slow});
  Link link(spec, 1);
  link.set_pacing(0.95 * 40e6 / 8, 1e6);
  run_until(link, 5);
  const auto before = link.totals().delivered;
  run_until(link, 10);
  const double after = static_cast<double>(link.totals().delivered - before) * 1448 / 5;
  EXPECT_NEAR(after / (10e6 / 8), 1, 0.03);
  EXPECT_NEAR(link.offered_bytes(), 5 * 40e6 / 8 + 5 * 10e6 / 8, 1e5);
}

TEST(Link, compressed_acks_come_in_lumps) {
  LinkSpec spec = plain(50, 20, 200);
  spec.ack_hold = 0.005;
  Link link(spec, 1);
  link.set_pacing(0.9 * 50e6 / 8, 1e6);
  for (int i = 0; i < 500; i++) {
    link.next_ack();
    ASSERT_EQ(link.counters().now_us % 5000, 0U);
  }
}

TEST(Link, one_ack_covers_several_segments) {
  LinkSpec spec = plain(50, 20, 200);
  spec.ack_every = 8;
  Link link(spec, 1);
  link.set_pacing(0.9 * 50e6 / 8, 1e6);
  const auto before = link.counters().delivered;
  for (int i = 0; i < 500; i++) link.next_ack();
  EXPECT_EQ(link.counters().delivered - before, 500 * 8);
}

TEST(Link, a_lone_segment_waits_for_the_delayed_ack) {
  LinkSpec spec = plain(50, 20, 200);
  spec.ack_every = 2;
  spec.burst_min = 1;
  spec.app_rate = 1448 / 0.5;  // two segments per second
  Link link(spec, 1);
  link.set_pacing(50e6 / 8, 1e6);
  EXPECT_NEAR(static_cast<double>(link.next_ack().rtt_us), 20000 + 40000, 500);
}

TEST(Link, an_idle_application_is_reported) {
  LinkSpec spec = plain(50, 20, 200);
  spec.app_rate = 1e6;
  Link link(spec, 1);
  link.set_pacing(50e6 / 8, 1e6);
  bool limited = false;
  while (link.seconds() < 5) limited |= link.next_ack().limited;
  EXPECT_TRUE(limited);
  EXPECT_NEAR(goodput(link, 5), 1e6, 2e4);
}

TEST(Link, a_wholly_lost_window_does_not_stall) {
  LinkSpec spec = plain(10, 20, 50);
  spec.link.loss = 0.9;
  Link link(spec, 1);
  link.set_pacing(10e6 / 8, 8);
  for (int i = 0; i < 200; i++) link.next_ack();
  EXPECT_GT(link.totals().marked_lost, 100U);
}

}  // namespace
}  // namespace liteflow::aurora
