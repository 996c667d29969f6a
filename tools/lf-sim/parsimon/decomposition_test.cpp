// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/parsimon/decomposition.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "codegen/error.h"

namespace liteflow::sim::parsimon {
namespace {

constexpr double kFull = 1048 * 8, kAck = 60 * 8;  // bits

// Hosts 0 and 1 on switch 4, hosts 2 and 3 on switch 5: cables 0-4, 1-4, 2-5, 3-5 and 4-5, links twice that.
class Dumbbell : public testing::Test {
 protected:
  Dumbbell() : topology_(6) {
    topology_.set_switch(4);
    topology_.set_switch(5);
    for (NodeId n = 0; n < 4; n++) topology_.add_cable(n, 4 + n / 2, 10, 1000);
    topology_.add_cable(4, 5, 40, 2000);
    flows_ = {{10, 0, 2, 1000, 0}, {11, 1, 2, 2000, 500}, {12, 0, 1, 3000, 700}, {13, 0, 3, 4000, 100000}};
    routes_ = {{0, 8, 5}, {2, 8, 5}, {0, 3}, {0, 8, 7}};
  }

  Decomposition parts() const { return {topology_, flows_, routes_, wire_, queues_, 60}; }

  void refused(const std::function<void()> &change, const std::string &why) {
    const auto flows = flows_;
    const auto routes = routes_;
    const auto queues = queues_;
    const auto wire = wire_;
    change();
    try {
      parts();
      ADD_FAILURE() << why;
    } catch (const Error &e) {
      EXPECT_NE(std::string(e.what()).find(why), std::string::npos) << e.what();
    }
    flows_ = flows;
    routes_ = routes;
    queues_ = queues;
    wire_ = wire;
  }

  Topology topology_;
  std::vector<Flow> flows_;
  std::vector<Route> routes_;
  Wire wire_;
  Queues queues_{.mark_bytes = 30e3, .mark_rate = 10, .buffer_bytes = 400e3};
};

TEST_F(Dumbbell, links_know_their_flows) {
  const Decomposition p = parts();
  ASSERT_EQ(p.users(8).size(), 3U);
  EXPECT_EQ(p.users(8)[0], 0U);
  EXPECT_EQ(p.users(8)[1], 1U);
  EXPECT_EQ(p.users(8)[2], 3U);
  EXPECT_EQ(p.packets(8), 7U);
  EXPECT_TRUE(p.users(9).empty());
  EXPECT_TRUE(p.is_first(0));
  EXPECT_FALSE(p.is_first(8));
  EXPECT_TRUE(p.is_last(5));
  EXPECT_FALSE(p.is_last(8));
}

// Four packets from flows that start within 500 ns on a link of 10 Gbit/s take longer to send.
TEST_F(Dumbbell, acks_of_the_other_direction_are_taken_away) {
  const Decomposition p = parts();
  EXPECT_DOUBLE_EQ(p.rate(0), 10);
  EXPECT_DOUBLE_EQ(p.rate(8), 40);
  EXPECT_DOUBLE_EQ(p.rate(9), 40 - 7 * kAck / 100000);
  EXPECT_DOUBLE_EQ(p.rate(1), 10 - 8 * kAck / 100000);
  EXPECT_DOUBLE_EQ(p.rate(4), 10 - 3 * kAck / (3 * kFull / 10));
}

TEST_F(Dumbbell, a_link_between_has_sources_with_theirs) {
  const LinkSpec s = parts().spec(8);
  EXPECT_DOUBLE_EQ(s.link.rate, 40);
  EXPECT_DOUBLE_EQ(s.link.mark_bytes, 120e3);
  EXPECT_DOUBLE_EQ(s.link.buffer_bytes, 400e3);
  ASSERT_EQ(s.sources.size(), 2U);
  EXPECT_DOUBLE_EQ(s.sources[0].rate, 10);
  EXPECT_DOUBLE_EQ(s.sources[0].mark_bytes, 30e3);
  ASSERT_EQ(s.flows.size(), 3U);
  EXPECT_EQ(s.flows[0].source, 0U);
  EXPECT_EQ(s.flows[1].source, 1U);
  EXPECT_EQ(s.flows[2].source, 0U);
  EXPECT_EQ(s.flows[1].bytes, 2000U);
  EXPECT_EQ(s.flows[1].start_ns, 500);
  EXPECT_DOUBLE_EQ(s.flows[0].before_ns, 1000);
  EXPECT_DOUBLE_EQ(s.flows[0].after_ns, 2000 + 1000 + kFull / 10);
  EXPECT_DOUBLE_EQ(s.flows[0].back_ns, 4000 + kAck / 10 + kAck / 40 + kAck / 10);
}

TEST_F(Dumbbell, a_first_link_is_the_sources_own) {
  const LinkSpec s = parts().spec(0);
  EXPECT_TRUE(s.sources.empty());
  ASSERT_EQ(s.flows.size(), 3U);
  EXPECT_DOUBLE_EQ(s.flows[0].before_ns, 0);
  EXPECT_DOUBLE_EQ(s.flows[0].after_ns, 4000 + kFull / 40 + kFull / 10);
  EXPECT_DOUBLE_EQ(s.flows[1].after_ns, 2000 + kFull / 10);
}

TEST_F(Dumbbell, a_last_link_has_what_is_before_it_as_delay) {
  const LinkSpec s = parts().spec(5);
  ASSERT_EQ(s.sources.size(), 2U);
  EXPECT_DOUBLE_EQ(s.flows[0].before_ns, 3000 + kFull / 40);
  EXPECT_DOUBLE_EQ(s.flows[0].after_ns, 1000);
}

// The round trip of a full packet is the path's on every link.
TEST_F(Dumbbell, flows_keep_their_round_trip) {
  const Decomposition p = parts();
  const double expected = 2 * 4000 + kFull * (0.1 + 1 / 40.0 + 0.1) + kAck * (0.1 + 1 / 40.0 + 0.1);
  for (const LinkId link : {0U, 8U, 5U}) {
    const LinkFlow f = p.spec(link).flows[0];
    const double first = link == 0 ? 0 : 10;
    const Pipe pipe{first, topology_.link(link).rate, f.before_ns, f.after_ns, f.back_ns};
    EXPECT_NEAR(pipe.rtt_ns(kFull), expected, 1e-9) << link;
  }
  EXPECT_NEAR(p.pipe(0).rtt_ns(kFull), expected, 1e-9);
}

TEST_F(Dumbbell, a_threshold_can_be_the_same_on_all) {
  queues_.mark_rate = 0;
  EXPECT_DOUBLE_EQ(parts().spec(8).link.mark_bytes, 30e3);
}

TEST_F(Dumbbell, the_slowest_link_bounds_a_path) {
  topology_.set_rate(8, 2);
  const Pipe p = parts().pipe(0);
  EXPECT_EQ(p.first_rate, 10);
  EXPECT_EQ(p.second_rate, 2);
  EXPECT_DOUBLE_EQ(p.before_ns, 1000);
}

TEST_F(Dumbbell, what_does_not_fit_together_is_refused) {
  EXPECT_NO_THROW(parts());
  refused([&] { flows_[1].start_ns = 800; }, "flow 12 starts before the one before it: sort them by start");
  refused([&] { flows_[0].start_ns = -1; }, "flow 10 starts before 0");
  refused([&] { flows_[2].bytes = 0; }, "flow 12 is empty");
  refused([&] { routes_.pop_back(); }, "3 routes for 4 flows");
  refused([&] { routes_[1].clear(); }, "flow 11 has an empty route");
  refused([&] { routes_[0] = {0, 5}; }, "flow 10 has a route with a gap");
  refused([&] { routes_[0][1] = 99; }, "flow 10 has a route with a gap");
  refused([&] { routes_[0] = {0, 8}; }, "flow 10 has a route to somewhere else");
  refused([&] { routes_[0][0] = 2; }, "flow 10 has a route with a gap");
  refused([&] { wire_.payload = 0; }, "wire.payload");
  refused([&] { queues_.mark_bytes = 0; }, "mark_bytes");
  refused([&] { queues_.mark_rate = -1; }, "mark_rate");
  refused([&] { queues_.buffer_bytes = 1000; }, "buffer_bytes must hold a packet, 1048");
}

TEST_F(Dumbbell, acks_that_leave_nothing_are_refused) {
  EXPECT_THROW(Decomposition(topology_, flows_, routes_, wire_, queues_, 2000), Error);
}

}  // namespace
}  // namespace liteflow::sim::parsimon
