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
  double load = 0.5;   // expected of the link that is expected to be the fullest, headers and all; above 0, below 1
  double sigma = 1;    // of the log-normal gaps between starts; 0: even
  std::uint64_t seed = 1;
  Wire wire{};
};
// Error naming the value that is out of range.
void check(const Traffic &traffic);

// Between hosts of racks, which a matrix draws; within a rack any host, evenly, and never one to itself. In the order
// of their starts, numbered from 0. Gaps are scaled so that the bits of all these flows, if each were spread over all
// the pairs of hosts and their ways as the matrix and ECMP do on average, would load the fullest link as asked for
// over the time from the first start to a gap after the last (Parsimon's and m3's max_load). Which link a draw of few
// flows loads most, and how much more, is left to chance. Load and sigma change starts alone.
std::vector<Flow> make_workload(const Topology &topology, const std::vector<std::vector<NodeId>> &racks,
                                const TrafficMatrix &matrix, const Distribution &sizes, const Traffic &traffic);

// Of m3's paths (its traffic generator): on a parking lot, between 2 and all of the pairs of hosts whose second one is
// further on, with random weights, of which (0, last) is one and its flows are at least so many. Load as above.
// traffic.flows is not read.
std::vector<Flow> make_path_workload(const Topology &lot, std::size_t foreground, const Distribution &sizes,
                                     const Traffic &traffic);

// Flows of a trace: lines of ID,SOURCE,DESTINATION,BYTES,START_NS in any order; a first line without digits is a
// heading. In the order of their starts, which begin at 0. Error with file and line.
std::vector<Flow> read_trace(const std::string &file, const Topology &topology);

}  // namespace liteflow::sim
