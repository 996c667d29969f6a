// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/net/wire.h"

#include <gtest/gtest.h>

#include "tools/lf-sim/net/fabrics.h"

namespace liteflow::sim {
namespace {

TEST(Wire, EveryPacketHasAHeader) {
  EXPECT_EQ(wire_bits({}, 1), 8 * 49);
  EXPECT_EQ(wire_bits({}, 1000), 8 * 1048);
  EXPECT_EQ(wire_bits({}, 1001), 8 * 1097);
}

TEST(Wire, IdealIsStoreAndForwardOfTheFirstPacket) {
  const Topology topology = parking_lot({5});
  const Route route = Ecmp(topology).route(0, 4, 0);
  ASSERT_EQ(route.size(), 4U);
  // 4 us of propagation; 1048 bytes over 10, 40, 40 and 10 Gbit/s.
  const double one = 4000 + 838.4 * 2 + 209.6 * 2;
  EXPECT_NEAR(ideal_ns({}, topology, route, 1000), one, 1e-6);
  EXPECT_NEAR(ideal_ns({}, topology, route, 1), 4000 + 39.2 * 2 + 9.8 * 2, 1e-6);
  EXPECT_NEAR(ideal_ns({}, topology, route, 3500), one + 838.4 * 2 + 0.8 * 548, 1e-6);
}

}  // namespace
}  // namespace liteflow::sim
