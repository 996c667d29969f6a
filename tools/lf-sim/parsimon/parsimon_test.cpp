// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/parsimon/parsimon.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "codegen/error.h"
#include "daemon/training/rng.h"
#include "tools/lf-sim/net/fabrics.h"

namespace liteflow::sim {
namespace {

class Parsimon : public testing::Test {
 protected:
  Parsimon() : topology_(fat_tree({})), hosts_(topology_.hosts()) {}

  // Flows between hosts at random, one every gap_ns on average.
  void fill(std::size_t number, double gap_ns, std::uint64_t seed = 1) {
    Rng rng(seed);
    double now = 0;
    for (std::uint64_t i = 0; i < number; i++) {
      const std::size_t a = rng.below(hosts_.size()), b = (a + 1 + rng.below(hosts_.size() - 1)) % hosts_.size();
      now += rng.exponential(gap_ns);
      flows_.push_back({i, hosts_[a], hosts_[b], static_cast<std::uint64_t>(rng.log_uniform(100, 1e6)),
                        static_cast<std::int64_t>(now)});
    }
  }

  ParsimonRun run() const { return run_parsimon(topology_, flows_, routes_of(topology_, flows_), {}, settings_); }

  void refused(const std::string &why) const {
    try {
      run();
      ADD_FAILURE() << why;
    } catch (const Error &e) {
      EXPECT_NE(std::string(e.what()).find(why), std::string::npos) << e.what();
    }
  }

  Topology topology_;
  std::vector<NodeId> hosts_;
  std::vector<Flow> flows_;
  ParsimonSettings settings_;
};

TEST_F(Parsimon, a_flow_alone_is_ideal) {
  for (const std::uint64_t bytes : {100ULL, 1000ULL, 9000ULL}) {
    flows_ = {{0, hosts_.front(), hosts_.back(), bytes, 0}};
    const Completion c = run().completions[0];
    EXPECT_NEAR(c.fct_ns, c.ideal_ns, 1e-6) << bytes;
  }
}

// The window's growth costs what it costs once, not once for each link.
TEST_F(Parsimon, a_flow_alone_waits_for_its_window_once) {
  flows_ = {{0, hosts_.front(), hosts_.back(), 11000, 0}};
  settings_.transport.most_window = 30;
  const Completion c = run().completions[0];
  const double rtt = 6 * 2000 + (1048 + 60) * 8 * (2 / 10.0 + 4 / 40.0);
  EXPECT_NEAR(c.fct_ns - c.ideal_ns, rtt - 10 * 1048 * 8 / 10.0, 1e-6);
}

TEST_F(Parsimon, flows_that_never_meet_are_ideal) {
  fill(300, 5e6);
  for (Flow &f : flows_) f.bytes = std::min<std::uint64_t>(f.bytes, 10000);
  for (const Completion &c : run().completions) ASSERT_NEAR(c.fct_ns, c.ideal_ns, 1e-3);
}

TEST_F(Parsimon, a_busy_network_delays) {
  fill(1000, 5000);  // about half of what the hosts can send
  const ParsimonRun r = run();
  double slowdown = 0;
  for (const Completion &c : r.completions) {
    ASSERT_GE(c.fct_ns, c.ideal_ns * (1 - 1e-9));
    slowdown += c.slowdown() / 1000;
  }
  EXPECT_GT(slowdown, 1.5);
  EXPECT_LT(slowdown, 20);
}

TEST_F(Parsimon, the_same_seed_gives_the_same_bytes_in_any_number_of_threads) {
  fill(800, 5000);
  const ParsimonRun one = run();
  settings_.threads = 3;
  const ParsimonRun three = run();
  for (std::size_t i = 0; i < flows_.size(); i++) ASSERT_EQ(one.completions[i].fct_ns, three.completions[i].fct_ns);
  ASSERT_EQ(one.links.size(), three.links.size());
  for (std::size_t i = 0; i < one.links.size(); i++) ASSERT_EQ(one.links[i].events, three.links[i].events);
  settings_.seed = 1;
  const ParsimonRun other = run();
  EXPECT_TRUE(std::any_of(flows_.begin(), flows_.end(), [&](const Flow &f) {
    return other.completions[f.id].fct_ns != one.completions[f.id].fct_ns;
  }));
}

TEST_F(Parsimon, every_link_that_is_used_is_told_of) {
  fill(800, 5000);
  settings_.clustered = false;
  const ParsimonRun r = run();
  const auto routes = routes_of(topology_, flows_);
  std::vector<std::size_t> uses(topology_.links().size());
  std::uint64_t packets = 0;
  for (std::size_t i = 0; i < flows_.size(); i++)
    for (const LinkId link : routes[i]) {
      uses[link]++;
      packets += (flows_[i].bytes + 999) / 1000;
    }
  std::size_t used = 0;
  for (const ParsimonLink &l : r.links) {
    EXPECT_EQ(l.flows, uses[l.link]);
    EXPECT_EQ(l.simulated, l.link);
    EXPECT_EQ(l.sent, l.packets + l.dropped);
    EXPECT_LE(l.rate, topology_.link(l.link).rate);
    EXPECT_GE(l.buckets, 1U);
    used += l.flows > 0;
  }
  EXPECT_EQ(used, uses.size() - static_cast<std::size_t>(std::count(uses.begin(), uses.end(), 0U)));
  EXPECT_EQ(r.clusters, r.links.size());
  EXPECT_EQ(r.packets, packets);
}

// Two pairs of hosts, each with the same flows a long time after the other's: nothing tells their links apart.
TEST_F(Parsimon, equal_links_are_simulated_once) {
  for (int pair = 0; pair < 2; pair++)
    for (std::uint64_t i = 0; i < 50; i++)
      flows_.push_back({i, hosts_[pair == 0 ? 0 : 2], hosts_[pair == 0 ? 1 : 3], 20000 + 100 * i,
                        static_cast<std::int64_t>(i * 5000) + pair * 100000000LL});
  const ParsimonRun r = run();
  ASSERT_EQ(r.links.size(), 4U);
  EXPECT_EQ(r.clusters, 2U);
  const auto stands = [](const ParsimonLink &l) { return l.simulated == l.link; };
  EXPECT_EQ(std::count_if(r.links.begin(), r.links.end(), stands), 2);
  settings_.clustered = false;
  const ParsimonRun apart = run();
  EXPECT_EQ(apart.clusters, 4U);
  for (std::size_t i = 0; i < r.links.size(); i++)
    EXPECT_NEAR(r.links[i].mean_packet_ns, apart.links[i].mean_packet_ns, 1e-3);
}

// Flows that meet at one link alone, their destination's: its simulation is the truth.
TEST_F(Parsimon, own_delays_are_those_of_the_simulation) {
  flows_ = {{0, hosts_[0], hosts_[3], 1000000, 0}, {1, hosts_[1], hosts_[3], 1000000, 0},
            {2, hosts_[2], hosts_[3], 500, 500000}};
  settings_.own_delays = true;
  settings_.clustered = false;
  const ParsimonRun r = run();
  // The short one waits for the queue of the long ones, which share.
  EXPECT_GT(r.completions[2].slowdown(), 3);
  EXPECT_NEAR(r.completions[0].slowdown(), 2, 0.2);
  EXPECT_NEAR(r.completions[1].slowdown(), 2, 0.2);
  settings_.own_delays = false;
  double most = 0;
  for (std::uint64_t seed = 0; seed < 20; seed++) {
    settings_.seed = seed;
    most = std::max(most, run().completions[0].slowdown());
  }
  // Drawn from all three, a long one now and then gets for each packet what the short one waited.
  EXPECT_GT(most, 5 * r.completions[0].slowdown());
}

TEST_F(Parsimon, progress_goes_to_the_end) {
  fill(500, 5000);
  settings_.threads = 3;
  std::uint64_t last = 0, all = 0;
  settings_.progress = [&](std::uint64_t done, std::uint64_t of) {
    EXPECT_GE(done, last);
    last = done;
    all = of;
  };
  const ParsimonRun r = run();
  EXPECT_EQ(last, all);
  EXPECT_EQ(all, r.packets);
}

TEST_F(Parsimon, progress_can_end_it) {
  fill(500, 5000);
  settings_.threads = 3;
  settings_.progress = [](std::uint64_t, std::uint64_t) { throw Error("enough"); };
  refused("enough");
}

TEST_F(Parsimon, bad_settings_are_refused) {
  fill(3, 1000);
  EXPECT_NO_THROW(run());
  const auto with = [&](const auto &change, const char *why) {
    const ParsimonSettings before = settings_;
    change();
    refused(why);
    settings_ = before;
  };
  with([&] { settings_.threads = 0; }, "threads");
  with([&] { settings_.transport.gain = 2; }, "gain");
  with([&] { settings_.queues.buffer_bytes = 1; }, "buffer_bytes");
  with([&] { settings_.buckets.samples = 0; }, "bucket");
  with([&] { settings_.likeness.load = -1; }, "loads");
  with([&] { settings_.ack_bytes = 100000; }, "ack_bytes");
}

TEST_F(Parsimon, no_flows_are_no_completions) {
  const ParsimonRun r = run();
  EXPECT_TRUE(r.completions.empty());
  EXPECT_TRUE(r.links.empty());
}

}  // namespace
}  // namespace liteflow::sim
