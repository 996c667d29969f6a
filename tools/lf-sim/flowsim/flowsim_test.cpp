// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/flowsim/flowsim.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "codegen/error.h"
#include "daemon/training/rng.h"

namespace liteflow::sim {
namespace {

constexpr double kNoCap = std::numeric_limits<double>::infinity();

struct Case {
  std::vector<double> rates;
  std::vector<FluidFlow> flows;
};

// On random links; a third of the flows begin with the one before.
Case random_case(std::uint64_t seed, std::size_t links, std::size_t flows, double gap_ns) {
  Rng rng(seed);
  Case made;
  for (std::size_t i = 0; i < links; i++) made.rates.push_back(rng.chance(0.5) ? 10 : 40);
  double now = 0;
  for (std::size_t i = 0; i < flows; i++) {
    if (!rng.chance(1.0 / 3)) now += rng.exponential(gap_ns);
    FluidFlow flow{now, std::ceil(rng.log_uniform(500, 500000)), {}};
    for (LinkId link = 0; link < links; link++)
      if (rng.chance(2.5 / static_cast<double>(links))) flow.route.push_back(link);
    if (flow.route.empty()) flow.route.push_back(static_cast<LinkId>(rng.below(links)));
    made.flows.push_back(flow);
  }
  return made;
}

// Progressive filling as a textbook has it: all rates grow together, and stop with the first link that is full.
std::vector<double> fill(const Case &of, const std::vector<std::size_t> &active) {
  std::vector<double> rates(active.size()), left = of.rates;
  std::vector<bool> fixed(active.size());
  for (std::size_t done = 0; done < active.size();) {
    std::vector<std::size_t> growing(of.rates.size());
    for (std::size_t i = 0; i < active.size(); i++)
      if (!fixed[i])
        for (const LinkId link : of.flows[active[i]].route) growing[link]++;
    double step = kNoCap;
    for (std::size_t link = 0; link < left.size(); link++)
      if (growing[link] > 0) step = std::min(step, left[link] / static_cast<double>(growing[link]));
    for (std::size_t link = 0; link < left.size(); link++) left[link] -= step * static_cast<double>(growing[link]);
    for (std::size_t i = 0; i < active.size(); i++) {
      if (fixed[i]) continue;
      rates[i] += step;
      for (const LinkId link : of.flows[active[i]].route)
        if (left[link] < 1e-9 * of.rates[link]) fixed[i] = true;
      done += fixed[i];
    }
  }
  return rates;
}

// Event by event, all rates anew.
std::vector<double> slowly(const Case &of) {
  std::vector<double> fct(of.flows.size()), left;
  for (const FluidFlow &flow : of.flows) left.push_back(flow.bits);
  std::vector<std::size_t> active;
  double now = 0;
  for (std::size_t next = 0; next < of.flows.size() || !active.empty();) {
    const std::vector<double> rates = fill(of, active);
    double end = kNoCap;
    for (std::size_t i = 0; i < active.size(); i++) end = std::min(end, now + left[active[i]] / rates[i]);
    const double until = next < of.flows.size() ? std::min(end, of.flows[next].start_ns) : end;
    for (std::size_t i = 0; i < active.size(); i++) left[active[i]] -= rates[i] * (until - now);
    now = until;
    if (end <= until) {
      const auto first = std::min_element(active.begin(), active.end(),
                                          [&](std::size_t a, std::size_t b) { return left[a] < left[b]; });
      fct[*first] = now - of.flows[*first].start_ns;
      active.erase(first);
    } else {
      active.push_back(next++);
    }
  }
  return fct;
}

void expect_close(const std::vector<double> &found, const std::vector<double> &wanted) {
  ASSERT_EQ(found.size(), wanted.size());
  for (std::size_t i = 0; i < found.size(); i++) EXPECT_NEAR(found[i], wanted[i], 1e-6 * wanted[i] + 1) << i;
}

TEST(Flowsim, BothAreMaxMinFairOnFewLinks) {
  for (std::uint64_t seed = 1; seed <= 30; seed++) {
    const Case of = random_case(seed, 2 + seed % 12, 60, 3000);
    const std::vector<double> wanted = slowly(of);
    expect_close(flowsim_fast(of.rates, of.flows, kNoCap).fct_ns, flowsim_exact(of.rates, of.flows, kNoCap).fct_ns);
    // Ties of 1e-4 bits/ns are part of the published order.
    const std::vector<double> exact = flowsim_exact(of.rates, of.flows, kNoCap).fct_ns;
    for (std::size_t i = 0; i < wanted.size(); i++)
      EXPECT_NEAR(exact[i], wanted[i], 1e-3 * wanted[i] + 1) << seed << ' ' << i;
  }
}

TEST(Flowsim, TheFastOneIsMaxMinFairOnManyLinks) {
  for (std::uint64_t seed = 1; seed <= 20; seed++) {
    const Case of = random_case(seed, 20 + seed * 3, 80, 500);
    expect_close(flowsim_fast(of.rates, of.flows, kNoCap).fct_ns, slowly(of));
  }
}

TEST(Flowsim, ACapHoldsEveryFlow) {
  const std::vector<FluidFlow> flows{{0, 10000, {0}}, {0, 10000, {0}}};
  for (const auto run : {flowsim_exact, flowsim_fast}) {
    EXPECT_NEAR(run({40}, flows, 10).fct_ns[1], 1000, 1e-6);
    EXPECT_NEAR(run({40}, flows, kNoCap).fct_ns[1], 500, 1e-6);
  }
}

TEST(Flowsim, CountsWhatHappens) {
  const std::vector<FluidFlow> flows{{0, 1000, {0}}, {10, 1000, {0}}, {10000, 1000, {0}}};
  for (const auto run : {flowsim_exact, flowsim_fast}) {
    const FluidRun of = run({1}, flows, kNoCap);
    EXPECT_EQ(of.events, 6U);
    EXPECT_EQ(of.most_active, 2U);
  }
}

TEST(Flowsim, IsDeterministic) {
  const Case of = random_case(5, 40, 300, 500);
  EXPECT_EQ(flowsim_fast(of.rates, of.flows, kNoCap).fct_ns, flowsim_fast(of.rates, of.flows, kNoCap).fct_ns);
}

TEST(Flowsim, RefusesWhatIsOutOfRange) {
  for (const auto run : {flowsim_exact, flowsim_fast}) {
    EXPECT_THROW(run({0}, {}, kNoCap), Error);
    EXPECT_THROW(run({1}, {{0, 0, {0}}}, kNoCap), Error);
    EXPECT_THROW(run({1}, {{0, 1, {}}}, kNoCap), Error);
    EXPECT_THROW(run({1}, {{0, 1, {1}}}, kNoCap), Error);
    EXPECT_THROW(run({1}, {{0, 1, {0, 0}}}, kNoCap), Error);
    EXPECT_THROW(run({1}, {{5, 1, {0}}, {4, 1, {0}}}, kNoCap), Error);
    EXPECT_THROW(run({1}, {{0, 1, {0}}}, 0), Error);
  }
}

}  // namespace
}  // namespace liteflow::sim
