// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/m3/estimate.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "codegen/error.h"
#include "daemon/training/script.h"
#include "tools/lf-sim/m3/test_paths.h"

namespace liteflow::sim::m3 {
namespace {

using Row = std::vector<double>;

// Answers that are the path's number everywhere.
std::vector<float> answers(std::size_t paths) {
  std::vector<float> all;
  for (std::size_t i = 0; i < paths; i++) all.insert(all.end(), kOutputs, static_cast<float>(i + 1));
  return all;
}

TEST(Pool, a_path_counts_as_often_as_it_was_drawn) {
  // 30 and 10 times a hundred values, 1 and 2: the upper quarter is of the second path.
  const auto rows = pool(answers(2), {{30, {1, 0, 0, 0}}, {10, {9, 0, 0, 0}}}, {1, 0, 0, 0}, 40000, 1);
  ASSERT_EQ(rows.size(), kSizeClasses + 1);
  ASSERT_EQ(rows[0].size(), kPercentiles);
  EXPECT_EQ(rows[0][73], 1);
  EXPECT_EQ(rows[0][75], 2);
  EXPECT_TRUE(rows[1].empty());
  EXPECT_EQ(rows[4][72], 1);
  EXPECT_EQ(rows[4][77], 2);
}

TEST(Pool, classes_count_by_their_shares) {
  // The first class has 1 alone, the last one 2.
  const auto rows = pool(answers(2), {{1, {5, 0, 0, 0}}, {1, {0, 0, 0, 5}}}, {0.9, 0, 0, 0.1}, 1000, 1);
  EXPECT_EQ(rows[0], Row(100, 1));
  EXPECT_EQ(rows[3], Row(100, 2));
  EXPECT_EQ(rows[4][88], 1);
  EXPECT_EQ(rows[4][90], 2);
}

TEST(Pool, percentiles_are_linear_between_ranks) {
  std::vector<float> one(kOutputs);
  for (std::size_t i = 0; i < kPercentiles; i++) one[i] = static_cast<float>(i + 1);
  const auto rows = pool(one, {{1, {1, 0, 0, 0}}}, {1, 0, 0, 0}, 100, 1);
  EXPECT_DOUBLE_EQ(rows[0][98], 1 + 0.99 * 99);
  EXPECT_DOUBLE_EQ(rows[0][99], 100);
}

class Estimates : public testing::Test {
 protected:
  Estimates() : topology_(small_fabric()) {
    use_one_thread();
    Rng rng(1);
    for (std::uint64_t i = 0; i < 400; i++) {
      const auto a = static_cast<NodeId>(rng.below(4)), b = static_cast<NodeId>((a + 1 + rng.below(3)) % 4);
      flows_.push_back({i, a, b, static_cast<std::uint64_t>(rng.log_uniform(100, 1e5)),
                        static_cast<std::int64_t>(i) * 4000});
      const auto spine = static_cast<NodeId>(6 + rng.below(2));
      routes_.push_back(a / 2 == b / 2 ? route_over(topology_, {a, 4 + a / 2, b})
                                       : route_over(topology_, {a, 4 + a / 2, spine, 4 + b / 2, b}));
    }
    options_.draws = 100;
  }

  Estimate run() const { return estimate(topology_, flows_, routes_, model_, options_); }

  Topology topology_;
  std::vector<Flow> flows_;
  std::vector<Route> routes_;
  Model model_{{.layout = Layout::tcp, .dim = 16, .layers = 1, .heads = 2, .mlp = 16, .log_ratio = true}, 1};
  EstimateOptions options_;
};

// An untrained network answers flowSim's percentiles.
TEST_F(Estimates, of_flows_that_never_meet_there_is_no_slowdown) {
  for (Flow &f : flows_) f.start_ns *= 1000;
  const Estimate e = run();
  for (std::size_t i = 0; i <= kSizeClasses; i++) EXPECT_NEAR(e.p99(i), 1, 1e-4);
}

TEST_F(Estimates, tells_of_its_paths) {
  const Estimate e = run();
  std::size_t count = 0;
  for (const PathReport &r : e.paths) {
    count += r.count;
    EXPECT_EQ(r.links, routes_[r.flow].size());
    EXPECT_GE(r.parts, r.foreground);
    EXPECT_EQ(r.foreground, static_cast<std::size_t>(std::count(routes_.begin(), routes_.end(), routes_[r.flow])));
    EXPECT_EQ(r.events, 2 * r.parts);
  }
  EXPECT_EQ(count, 100U);
  EXPECT_EQ(e.left_out, 0U);
  EXPECT_GT(e.p99(kSizeClasses), 1.05);
  EXPECT_GT(e.seconds.network.transformer, 0);
  EXPECT_GE(e.seconds.total, e.seconds.network.transformer + e.seconds.network.mlp);
}

TEST_F(Estimates, are_the_same_in_any_number_of_threads) {
  const Estimate one = run();
  options_.threads = 3;
  EXPECT_EQ(run().percentiles, one.percentiles);
  options_.seed = 1;
  EXPECT_NE(run().percentiles, one.percentiles);
}

TEST_F(Estimates, exact_and_fast_agree) {
  const Estimate fast = run();
  options_.exact = true;
  const Estimate exact = run();
  for (std::size_t i = 0; i <= kSizeClasses; i++) EXPECT_NEAR(exact.p99(i), fast.p99(i), 1e-3);
}

// Between two hosts the path is the network.
TEST_F(Estimates, of_a_network_that_is_a_path) {
  for (std::size_t i = 0; i < flows_.size(); i++) {
    flows_[i].source = 0;
    flows_[i].destination = 1;
    routes_[i] = route_over(topology_, {0, 4, 1});
  }
  const Estimate path = run();
  options_.whole_network = true;
  const Estimate network = run();
  EXPECT_GT(path.p99(kSizeClasses), 1.5);
  for (std::size_t i = 0; i <= kSizeClasses; i++) EXPECT_NEAR(network.p99(i), path.p99(i), 1e-4 * path.p99(i));
}

// What comes to a path over a crowded link comes the slower, and stays the longer.
TEST_F(Estimates, of_what_happens_off_the_path) {
  flows_.clear();
  routes_.clear();
  const auto add = [&](const std::vector<NodeId> &nodes, std::uint64_t bytes) {
    flows_.push_back({flows_.size(), nodes.front(), nodes.back(), bytes, 0});
    routes_.push_back(route_over(topology_, nodes));
  };
  add({0, 4, 1}, 400000);                                    // the path: its last link with one other
  for (int i = 0; i < 3; i++) add({2, 5, 6, 4, 1}, 100000);  // who have a link of their own before that
  for (int i = 0; i < 9; i++) add({2, 5, 3}, 100000);
  options_.draws = 400;
  const Estimate path = run();
  options_.whole_network = true;
  EXPECT_NE(run().percentiles, path.percentiles);
}

TEST_F(Estimates, shares_of_all_flows) {
  options_.sampled_shares = false;
  for (std::size_t i = 0; i <= kSizeClasses; i++) EXPECT_FALSE(run().percentiles[i].empty());
}

TEST_F(Estimates, when_time_is_up_it_is_of_what_is_done) {
  options_.most_seconds = 1e-9;
  std::size_t done = 0, to_do = 0;
  options_.progress = [&](std::size_t d, std::size_t all) {
    done = d;
    to_do = all;
  };
  const Estimate e = run();
  EXPECT_EQ(e.paths.size(), 1U);
  EXPECT_EQ(done, 1U);
  EXPECT_EQ(e.left_out, to_do - 1);
}

TEST_F(Estimates, refuses_nothing_to_do) {
  options_.draws = 0;
  EXPECT_THROW(run(), Error);
  options_.draws = 1;
  options_.threads = 0;
  EXPECT_THROW(run(), Error);
  options_.threads = 1;
  options_.settings.window_kb = 0;
  EXPECT_THROW(run(), Error);
}

}  // namespace
}  // namespace liteflow::sim::m3
