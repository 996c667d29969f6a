// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/net/wire.h"

#include <algorithm>
#include <cmath>

namespace liteflow::sim {

double wire_bits(const Wire &wire, std::uint64_t bytes) {
  const std::uint64_t packets = (bytes + wire.payload - 1) / wire.payload;
  return 8.0 * static_cast<double>(bytes + packets * wire.header);
}

double ideal_ns(const Wire &wire, const Topology &topology, const Route &route, std::uint64_t bytes) {
  const double first = wire_bits(wire, std::min<std::uint64_t>(bytes, wire.payload));
  double total = 0, slowest = INFINITY;
  for (const LinkId id : route) {
    const Link &link = topology.link(id);
    total += static_cast<double>(link.delay_ns) + first / link.rate;
    slowest = std::min(slowest, link.rate);
  }
  return total + (wire_bits(wire, bytes) - first) / slowest;
}

}  // namespace liteflow::sim
