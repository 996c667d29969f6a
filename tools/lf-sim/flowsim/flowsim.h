// SPDX-License-Identifier: GPL-2.0
// flowSim: flows as fluid, whose rates are max-min fair at every moment (progressive filling; m3, section 3.2).
#pragma once

#include <cstdint>
#include <vector>

#include "tools/lf-sim/net/completions.h"
#include "tools/lf-sim/net/network.h"
#include "tools/lf-sim/net/routing.h"
#include "tools/lf-sim/net/wire.h"

namespace liteflow::sim {

struct FluidFlow {
  double start_ns = 0;
  double bits = 0;  // > 0, with headers
  std::vector<LinkId> route;
};

struct FluidRun {
  std::vector<double> fct_ns;  // of each flow
  std::uint64_t events = 0;    // arrivals and completions
  std::size_t most_active = 0;
};

// In the published order of operations: every rate anew at every event, by times relative to the event, ties of
// bottlenecks within 1e-4, a completion before an arrival at the same time. flows by start; rates: bits/ns of each
// link; cap: bits/ns that no flow exceeds. Made of -ffp-contract=off code, bit for bit what m3's demo data hold.
FluidRun flowsim_exact(const std::vector<double> &rates, const std::vector<FluidFlow> &flows, double cap);

// The same flows, updating only what an event changes: each completion within 1e-6 relative + 1 ns of the exact one.
FluidRun flowsim_fast(const std::vector<double> &rates, const std::vector<FluidFlow> &flows, double cap);

}  // namespace liteflow::sim
