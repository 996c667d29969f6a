// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/m4/m4.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "codegen/error.h"
#include "tools/lf-sim/m4/evaluate.h"
#include "tools/lf-sim/m4/test_records.h"

namespace liteflow::sim::m4 {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();

// A network that answers always the same: as a ratio to what fluid says, and so for all quantiles.
Weights constant_weights(float ratio) {
  Weights w = random_weights(kSmall);
  const auto parts = parts_of(kSmall);
  for (std::size_t i = 0; i < parts.size(); i++) {
    if (parts[i].name == "slowdown1_weight") std::fill(w.values[i].begin(), w.values[i].end(), 0.0F);
    if (parts[i].name == "slowdown1_bias") std::fill(w.values[i].begin(), w.values[i].end(), std::log(ratio));
  }
  return w;
}

class Runs : public testing::Test {
 protected:
  std::vector<Completion> run(const Weights &weights, const Options &options = {}) {
    return run_m4(topology_, flows_, routes_, {}, weights, parameters_, options, &counters_);
  }

  Topology topology_ = leaf_spine({.leaves = 2, .spines = 2, .hosts = 4});
  std::vector<Flow> flows_ = random_flows(topology_, 300, 12000, 1);
  std::vector<Route> routes_ = routes_of(topology_, flows_);
  std::vector<float> parameters_ = parameters_of({});
  Counters counters_;
};

std::vector<double> slowdowns(const std::vector<Completion> &completions) {
  std::vector<double> all;
  for (const Completion &c : completions) all.push_back(c.fct_ns / c.ideal_ns);
  return all;
}

TEST_F(Runs, every_flow_completes_and_no_faster_than_alone) {
  const auto all = run(random_weights(kSmall));
  ASSERT_EQ(all.size(), flows_.size());
  for (std::size_t i = 0; i < all.size(); i++) {
    EXPECT_GE(all[i].fct_ns, all[i].ideal_ns * (1 - 1e-9));
    EXPECT_EQ(all[i].ideal_ns, ideal_ns({}, topology_, routes_[i], flows_[i].bytes));
  }
  EXPECT_EQ(counters_.events, 2 * flows_.size());
  EXPECT_GT(counters_.most_active, 3U);
  EXPECT_GE(counters_.touched_flows, flows_.size());
}

// On one link, where there is no time between the last bit's departure and its arrival.
TEST_F(Runs, with_ones_it_is_flowsim) {
  topology_ = Topology(2);
  topology_.add_cable(0, 1, 10, 0);
  flows_ = random_flows(topology_, 200, 90000, 2);
  routes_ = routes_of(topology_, flows_);
  const auto all = run(constant_weights(1));
  const auto fluid = fluid_completions(topology_, flows_, routes_);
  for (std::size_t i = 0; i < all.size(); i++)
    EXPECT_NEAR(all[i].fct_ns, fluid[i].fct_ns, 1e-6 * fluid[i].fct_ns + 1) << i;
}

// On several, a flow learns of another one's last bit when that has arrived: late by what it was under way.
TEST_F(Runs, with_ones_it_is_nearly_flowsim) {
  const Errors e = errors_of(slowdowns(run(constant_weights(1))),
                             slowdowns(fluid_completions(topology_, flows_, routes_)));
  EXPECT_LT(e.mean, 0.02);
  EXPECT_LT(e.p99, 0.02);
}

TEST_F(Runs, a_ratio_is_one) {
  flows_.resize(1);
  routes_.resize(1);
  for (const float ratio : {1.5F, 3.0F}) {
    const auto all = run(constant_weights(ratio));
    EXPECT_NEAR(all[0].slowdown(), ratio, 1e-5);
  }
  EXPECT_EQ(run(constant_weights(0.5))[0].slowdown(), 1);
}

TEST_F(Runs, deterministic) {
  const Weights w = random_weights(kSmall);
  for (const Options &o : {Options{}, Options{.draw = true}}) {
    const auto a = run(w, o), b = run(w, o);
    for (std::size_t i = 0; i < a.size(); i++) EXPECT_EQ(a[i].fct_ns, b[i].fct_ns);
  }
}

// Handed over one by one, by someone who looks at the clock in between.
TEST_F(Runs, closed_loop_is_open_loop) {
  const Weights w = random_weights(kSmall);
  for (const Options &o : {Options{}, Options{.draw = true}}) {
    const auto open = run(w, o);
    M4 m4(topology_, {}, w, parameters_, o);
    std::vector<double> fct(flows_.size());
    const auto until = [&](double time) {
      while (const auto d = m4.next(time)) fct[d->flow] = d->time_ns - static_cast<double>(flows_[d->flow].start_ns);
    };
    for (const Flow &f : flows_) {
      const auto start = static_cast<double>(f.start_ns);
      until(start - 500 > 0 ? start - 500 : 0);
      until(start);
      m4.add(f);
    }
    until(kNever);
    for (std::size_t i = 0; i < flows_.size(); i++) EXPECT_EQ(fct[i], open[i].fct_ns);
    EXPECT_EQ(m4.counters().events, 2 * flows_.size());
  }
}

TEST_F(Runs, flows_may_be_told_before_they_start) {
  const Weights w = random_weights(kSmall);
  const auto open = run(w);
  M4 m4(topology_, {}, w, parameters_);
  for (const Flow &f : flows_) m4.add(f);
  double last = 0;
  std::size_t done = 0;
  while (const auto d = m4.next(kNever)) {
    EXPECT_GE(d->time_ns, last);
    last = d->time_ns;
    EXPECT_EQ(d->time_ns - static_cast<double>(flows_[d->flow].start_ns), open[d->flow].fct_ns);
    done++;
  }
  EXPECT_EQ(done, flows_.size());
}

TEST_F(Runs, a_request_and_its_reply) {
  M4 m4(topology_, {}, constant_weights(1), parameters_);
  m4.add({.id = 1, .source = 0, .destination = 5, .bytes = 1000, .start_ns = 100});
  EXPECT_FALSE(m4.next(150));
  const auto request = m4.next(1e9);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->flow, 1U);
  const auto start = static_cast<std::int64_t>(std::ceil(request->time_ns));
  m4.add({.id = 2, .source = 5, .destination = 0, .bytes = 1000, .start_ns = start});
  const auto reply = m4.next(1e9);
  ASSERT_TRUE(reply);
  EXPECT_NEAR(reply->time_ns - static_cast<double>(start), request->time_ns - 100, 1);
  EXPECT_FALSE(m4.next(1e9));
  EXPECT_THROW(m4.add({.id = 3, .source = 0, .destination = 5, .bytes = 1000, .start_ns = 100}), Error);
}

TEST_F(Runs, what_gets_nowhere_is_refused) {
  M4 m4(topology_, {}, random_weights(kSmall), parameters_);
  EXPECT_THROW(m4.add({.id = 1, .source = 0, .destination = 5, .bytes = 0, .start_ns = 0}), Error);
  EXPECT_THROW(m4.add({.id = 1, .source = 0, .destination = 5, .bytes = 9, .start_ns = 0}, {}), Error);
  EXPECT_THROW(M4(topology_, {}, random_weights(kSmall), {1, 2}), Error);
}

TEST_F(Runs, time_is_kept_in_full_after_an_hour) {
  // A float has no nanoseconds any more after 16 ms.
  flows_ = {{.id = 0, .source = 0, .destination = 5, .bytes = 1000, .start_ns = 3'600'000'000'000},
            {.id = 1, .source = 0, .destination = 5, .bytes = 1000, .start_ns = 3'600'000'000'500}};
  routes_ = routes_of(topology_, flows_);
  const auto late = slowdowns(run(random_weights(kSmall)));
  for (Flow &f : flows_) f.start_ns -= 3'600'000'000'000;
  const auto early = slowdowns(run(random_weights(kSmall)));
  for (std::size_t i = 0; i < 2; i++) EXPECT_NEAR(late[i], early[i], 1e-5);
}

// Of flows that meet no others.
TEST_F(Runs, draws_are_as_predicted) {
  Weights w = constant_weights(1);
  const auto parts = parts_of(kSmall);
  for (std::size_t i = 0; i < parts.size(); i++)
    if (parts[i].name == "slowdown1_bias")
      for (std::size_t q = 0; q < kLevels.size(); q++) w.values[i][1 + q] = static_cast<float>(2 * kLevels[q]);
  flows_.clear();
  for (std::uint64_t i = 0; i < 2000; i++)
    flows_.push_back({.id = i, .source = 0, .destination = 5, .bytes = 1000,
                      .start_ns = static_cast<std::int64_t>(i) * 1'000'000});
  routes_ = routes_of(topology_, flows_);
  const auto drawn = slowdowns(run(w, {.draw = true, .seed = 3}));
  auto sorted = drawn;
  std::sort(sorted.begin(), sorted.end());
  for (const double share : {0.05, 0.25, 0.5, 0.75, 0.95})
    EXPECT_NEAR(std::log(sorted[static_cast<std::size_t>(2000 * share)]), 2 * share, 0.06);
  EXPECT_NE(slowdowns(run(w, {.draw = true, .seed = 4})), drawn);
}

TEST(Errors, by_hand) {
  const Errors e = errors_of({2, 2, 3}, {1, 2, 4});
  EXPECT_NEAR(e.mean, 1.25 / 3, 1e-12);
  EXPECT_NEAR(e.p90, 1, 1e-12);
  EXPECT_NEAR(e.p99, 0.25, 1e-12);
}

}  // namespace
}  // namespace liteflow::sim::m4
