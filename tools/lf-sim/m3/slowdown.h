// SPDX-License-Identifier: GPL-2.0
// Slowdown: what flowSim says of the flows on a lot, the input of m3's network (m3, section 3.2).
#pragma once

#include <cstdint>
#include <vector>

#include "tools/lf-sim/flowsim/flowsim.h"
#include "tools/lf-sim/m3/paths.h"
#include "tools/lf-sim/net/wire.h"

namespace liteflow::sim::m3 {

// Nanoseconds of each part, in their order, without propagation.
FluidRun simulate(const Lot &lot, const Wire &wire, bool exact);

// What a part takes alone: its bits at the rate of its slowest link, and beside that a base delay, of propagation
// and of its first packet on the other links.
struct Alone {
  double transfer_ns = 0, base_ns = 0;
};

// On the links that it uses.
Alone alone(const Lot &lot, const Wire &wire, const Part &part);

// As published, for lots of 2, 4 or 6 links: 10 Gbit/s at the ends and 40 within, 1 us each, and 1000 + 48 bytes to
// a packet; background comes by links of its own (m3's get_base_delay_pmn). Error for another number of links.
Alone published_alone(const Lot &lot, const Part &part);

// (fct + base) / (transfer + base), at least 1.
inline double slowdown(const Alone &alone, double fct_ns) {
  const double value = (fct_ns + alone.base_ns) / (alone.transfer_ns + alone.base_ns);
  return value < 1 ? 1 : value;
}

// Of each part, by alone().
std::vector<double> slowdowns(const Lot &lot, const Wire &wire, const std::vector<double> &fct_ns);

// Of each flow, by a flowSim of the whole network.
std::vector<double> network_slowdowns(const Topology &topology, const std::vector<Flow> &flows,
                                      const std::vector<Route> &routes, const Wire &wire, bool exact);

}  // namespace liteflow::sim::m3
