// SPDX-License-Identifier: GPL-2.0
// Failures: a topology with cables that are gone, or slower than they should be.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tools/lf-sim/net/topology.h"

namespace liteflow::sim {

// Without so many cables between switches, which are drawn: of those that all hosts can do without. Error if there are
// fewer.
Topology without_cables(const Topology &topology, std::size_t cables, std::uint64_t seed);

// Cables of the first hosts at 1 / reduction of their rate, >= 1. Hosts are numbered rack by rack, so that whole
// servers fail, one after the other: m4's gray failures (section 5.3). Error if there are fewer hosts.
Topology with_slow_hosts(const Topology &topology, std::size_t hosts, double reduction);

}  // namespace liteflow::sim
