// SPDX-License-Identifier: GPL-2.0
// Workload: flows drawn from sizes, a traffic matrix and gaps, so that the fullest link has the load asked for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "tools/lf-sim/net/flows.h"
#include "tools/lf-sim/net/routing.h"
#include "tools/lf-sim/net/wire.h"
#include "tools/lf-sim/workload/distribution.h"
#include "tools/lf-sim/workload/matrix.h"

namespace liteflow::sim {

struct Traffic {
  std::size_t flows = 2000;
  double load = 0.5;   // of the link with most bits for its rate, over the time of all flows; above 0, below 1
  double sigma = 1;    // of the log-normal gaps between starts; 0: even
  std::uint64_t seed = 1;
  Wire wire{};
};
// Error naming the value that is out of range.
void check(const Traffic &traffic);

// Between hosts of racks, which a matrix draws; within a rack any host, evenly, and never one to itself. In the order of
// their starts, numbered from 0. The flows themselves are what is loaded, not their expectation: the time between the
// first start and the last is such that the fullest link is as full as asked for, and gaps are scaled to it.
std::vector<Flow> make_workload(const Topology &topology, const std::vector<std::vector<NodeId>> &racks,
                                const TrafficMatrix &matrix, const Distribution &sizes, const Traffic &traffic);

// Of m3's paths (its traffic generator): on a parking lot, between 2 and all of the pairs of hosts whose second one is
// further on, with random weights, of which (0, last) is one and its flows are at least so many. traffic.flows is not
// read.
std::vector<Flow> make_path_workload(const Topology &lot, std::size_t foreground, const Distribution &sizes,
                                     const Traffic &traffic);

// Flows of a trace: lines of ID,SOURCE,DESTINATION,BYTES,START_NS in any order; a first line without digits is a
// heading. In the order of their starts, which begin at 0. Error with file and line.
std::vector<Flow> read_trace(const std::string &file, const Topology &topology);

}  // namespace liteflow::sim
