// SPDX-License-Identifier: GPL-2.0
// What flows look like on the wire, and how long one takes alone.
#pragma once

#include <cstdint>

#include "tools/lf-sim/net/routing.h"

namespace liteflow::sim {

struct Wire {
  std::uint32_t payload = 1000;  // bytes of a full packet
  std::uint32_t header = 48;     // bytes with each packet
};

// Bits of a flow with its headers.
double wire_bits(const Wire &wire, std::uint64_t bytes);

// Nanoseconds that a flow takes on an empty network: propagation, its first packet over each hop, the rest
// over the slowest one (m3 and m4's "standalone" time: half of the base RTT and store-and-forward).
double ideal_ns(const Wire &wire, const Topology &topology, const Route &route, std::uint64_t bytes);

}  // namespace liteflow::sim
