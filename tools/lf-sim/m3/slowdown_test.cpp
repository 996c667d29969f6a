// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/m3/slowdown.h"

#include <gtest/gtest.h>

#include "codegen/error.h"
#include "tools/lf-sim/m3/test_paths.h"

namespace liteflow::sim::m3 {
namespace {

const Wire kWire;

// By hand from the published formula: 1000 ns for each link, of which background has one or two of its own; a packet of
// 8,384 bits takes 838.4 ns at the ends and 209.6 within.
TEST(Slowdown, published_base_delays) {
  const auto base = [](std::size_t links, std::uint32_t first, std::uint32_t last, std::uint64_t bytes) {
    return published_alone(published_lot(links), part_of(first, last, bytes)).base_ns;
  };
  EXPECT_DOUBLE_EQ(base(2, 0, 2, 500), 2000 + 438.4);
  EXPECT_DOUBLE_EQ(base(2, 0, 1, 5000), 2000);
  EXPECT_DOUBLE_EQ(base(2, 1, 2, 5000), 2000);
  EXPECT_DOUBLE_EQ(base(4, 0, 4, 5000), 4000 + 838.4 + 2 * 209.6);
  EXPECT_DOUBLE_EQ(base(4, 1, 3, 5000), 4000 + 2 * 209.6 - 838.4);
  EXPECT_DOUBLE_EQ(base(4, 0, 2, 5000), 3000 + 209.6 + 1000);
  EXPECT_DOUBLE_EQ(base(6, 3, 5, 5000), 4000 + 2 * 209.6 - 838.4 + 2000);
  EXPECT_DOUBLE_EQ(base(6, 2, 6, 5000), 5000 + 3 * 209.6 + 1000);
  const Alone a = published_alone(published_lot(2), part_of(0, 2, 2500));
  EXPECT_DOUBLE_EQ(a.transfer_ns, (2500 + 3 * 48) * 8 / 10.0);
  EXPECT_THROW(published_alone(published_lot(3), part_of(0, 3, 1)), Error);
}

// The path's own flow takes what one alone takes on an empty network.
TEST(Slowdown, a_flow_of_the_path_alone) {
  const Topology topology = small_fabric();
  const std::vector<Flow> flows = {{0, 0, 2, 123456, 0}, {1, 0, 2, 300, 0}};
  const Route route = route_over(topology, {0, 4, 6, 5, 2});
  const Lot lot = Paths(topology, flows, {route, route}).lot(route);
  for (const Part &p : lot.parts) {
    const Alone a = alone(lot, kWire, p);
    EXPECT_NEAR(a.transfer_ns + a.base_ns, ideal_ns(kWire, topology, route, p.bytes), 1e-6);
  }
}

TEST(Slowdown, background_that_its_own_link_holds_back) {
  const Alone a = alone(published_lot(4), kWire, part_of(1, 3, 10000));
  EXPECT_DOUBLE_EQ(a.transfer_ns, (10000 + 10 * 48) * 8 / 10.0);
  EXPECT_DOUBLE_EQ(a.base_ns, 2000 + 2 * 209.6);
}

TEST(Slowdown, never_below_one) {
  EXPECT_EQ(slowdown({100, 50}, 99), 1);
  EXPECT_EQ(slowdown({100, 50}, 250), 2);
}

// Two flows at once share the first link's 10 bits/ns; then a third has it alone.
TEST(Slowdown, of_flows_that_share_a_link) {
  Lot lot = published_lot(2);
  lot.parts = {part_of(0, 2, 1000), part_of(0, 1, 1000), part_of(0, 2, 1000, 1e6)};
  for (const bool exact : {false, true}) {
    const FluidRun run = simulate(lot, kWire, exact);
    ASSERT_EQ(run.fct_ns.size(), 3U);
    EXPECT_NEAR(run.fct_ns[0], 2 * 838.4, 1e-2);
    EXPECT_NEAR(run.fct_ns[1], 2 * 838.4, 1e-2);
    EXPECT_NEAR(run.fct_ns[2], 838.4, 1e-2);
    const auto values = slowdowns(lot, kWire, run.fct_ns);
    EXPECT_NEAR(values[0], (2 * 838.4 + 2838.4) / (838.4 + 2838.4), 1e-5);
    EXPECT_NEAR(values[2], 1, 1e-5);
  }
}

}  // namespace
}  // namespace liteflow::sim::m3
