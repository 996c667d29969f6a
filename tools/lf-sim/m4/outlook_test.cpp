// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/m4/outlook.h"

#include <gtest/gtest.h>

#include "tools/lf-sim/m4/test_records.h"

namespace liteflow::sim::m4 {
namespace {

const std::vector<LinkId> kFirst = {0}, kSecond = {1}, kBoth = {0, 1};

TEST(Outlook, a_flow_alone_and_two) {
  Outlook o({10, 4});
  o.advance(100);
  o.add(0, kFirst, 1000);
  EXPECT_EQ(o.rate(0), 10);
  EXPECT_EQ(o.end(0), 200);
  o.advance(150);
  EXPECT_DOUBLE_EQ(o.bits(0), 500);
  o.add(1, kFirst, 1000);
  EXPECT_EQ(o.rate(0), 5);
  EXPECT_DOUBLE_EQ(o.end(0), 250);
  EXPECT_DOUBLE_EQ(o.end(1), 350);
  // When the first has drained, the second is alone.
  o.advance(251);
  EXPECT_EQ(o.rate(0), 0);
  EXPECT_EQ(o.bits(0), 0);
  EXPECT_DOUBLE_EQ(o.end(0), 250);
  EXPECT_EQ(o.rate(1), 10);
  EXPECT_DOUBLE_EQ(o.end(1), 300);
  o.remove(0);
  EXPECT_EQ(o.rate(1), 10);
}

TEST(Outlook, the_scarce_link_first) {
  Outlook o({10, 4});
  o.add(0, kFirst, 1e6);
  o.add(1, kBoth, 1e6);
  o.add(2, kSecond, 1e6);
  EXPECT_DOUBLE_EQ(o.rate(1), 2);
  EXPECT_DOUBLE_EQ(o.rate(2), 2);
  EXPECT_DOUBLE_EQ(o.rate(0), 8);
}

TEST(Outlook, what_is_taken_away_leaves_its_share) {
  Outlook o({10, 4});
  o.add(0, kFirst, 1000);
  o.add(1, kFirst, 1000);
  o.advance(100);
  o.remove(0);
  EXPECT_EQ(o.rate(1), 10);
  EXPECT_DOUBLE_EQ(o.end(1), 150);
  // The slot is free for another one, of a class that is there and keeps its rate, too.
  o.advance(120);
  o.add(0, kSecond, 400);
  o.remove(1);
  o.add(1, kSecond, 400);
  EXPECT_DOUBLE_EQ(o.rate(1), 2);
  EXPECT_DOUBLE_EQ(o.end(1), 320);
}

TEST(Outlook, without_a_word_about_ends_it_is_flowsim) {
  const Topology t = leaf_spine({});
  const auto flows = random_flows(t, 400, 8000, 3);
  const auto routes = routes_of(t, flows);
  std::vector<FluidFlow> fluid;
  Outlook o(t.rates());
  for (std::uint32_t i = 0; i < flows.size(); i++) {
    const auto start = static_cast<double>(flows[i].start_ns), bits = wire_bits({}, flows[i].bytes);
    fluid.push_back({start, bits, routes[i]});
    o.advance(start);
    o.add(i, routes[i], bits);
  }
  o.advance(1e12);
  const auto run = flowsim_fast(t.rates(), fluid, std::numeric_limits<double>::infinity());
  for (std::uint32_t i = 0; i < flows.size(); i++)
    EXPECT_NEAR(o.end(i) - fluid[i].start_ns, run.fct_ns[i], 1e-6 * run.fct_ns[i] + 1);
}

}  // namespace
}  // namespace liteflow::sim::m4
