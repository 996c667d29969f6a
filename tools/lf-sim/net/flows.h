// SPDX-License-Identifier: GPL-2.0
// Flows: what is sent, from where to where and when.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tools/lf-sim/net/lines.h"
#include "tools/lf-sim/net/topology.h"

namespace liteflow::sim {

struct Flow {
  std::uint64_t id = 0;
  NodeId source = 0, destination = 0;
  std::uint64_t bytes = 0;     // payload, >= 1
  std::int64_t start_ns = 0;   // since the beginning of the simulation, >= 0
};

inline constexpr std::int64_t kFileBegin_ns = 1'000'000'000;  // time 0, in files of flows and completions

struct HostPair {
  NodeId source = 0, destination = 0;
};
// The next two words of a line: hosts of the topology, not the same.
HostPair read_pair(Lines &lines, const Topology &topology);
// The next one: bytes, at least 1.
std::uint64_t read_bytes(Lines &lines);

// The published format: a line with the number of flows, then
//   ID SOURCE DESTINATION 3 100 BYTES START        START in seconds, by which the lines are in order
// (3 is a priority group and 100 a port; both must be there and are not used). Times in the file begin at 1 s.
// Refuses what is unsorted, negative, not a number, truncated, or no host of the topology: Error with file and line.
std::vector<Flow> read_flows(const std::string &file, const Topology &topology);
void write_flows(const std::string &file, const std::vector<Flow> &flows);

}  // namespace liteflow::sim
