// SPDX-License-Identifier: GPL-2.0
// Scenarios: networks and their traffic, drawn from a space of them as m3 and m4 publish it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "tools/lf-sim/net/fabrics.h"
#include "tools/lf-sim/net/flows.h"

namespace liteflow::sim {

struct Range {
  double low = 0, high = 0;
};

// *.mixspace.json. Of a list each entry is as likely as the others, of a range each value.
struct ScenarioSpace {
  std::vector<std::string> matrices, sizes, clusters;  // names, see make_scenario()
  std::vector<double> sigmas;
  Range max_load;
  Range buffer, window;  // 10 kB; kB
  std::vector<double> pfc;  // 0 or 1
  std::vector<std::string> transports;
  std::vector<Range> parameters;  // of the transport: of DCTCP the first is K in kB
};
// Error naming file and field.
ScenarioSpace read_space(const std::string &file);

// One scenario of *.mix.json.
struct Mix {
  std::uint64_t id = 0;
  std::string matrix, sizes, cluster;
  double sigma = 1;
  double max_load = 0.5;
  double buffer = 0;         // 10 kB
  std::uint64_t window = 0;  // bytes
  bool pfc = false;
  std::string transport;
  std::vector<double> parameters;
};
// Mix i is the same whatever the count.
std::vector<Mix> draw_mixes(const ScenarioSpace &space, std::size_t count, std::uint64_t seed);
// Published field names, in their order; the same mixes give the same bytes. Error naming file, mix and field.
std::vector<Mix> read_mixes(const std::string &file);
void write_mixes(const std::string &file, const std::vector<Mix> &mixes);

struct ScenarioSize {
  std::size_t flows = 2000;  // of a path: from end to end, at least
  std::uint64_t cap = 0;     // bytes that no flow exceeds; 0: none
  std::uint64_t seed = 1;
};
struct Scenario {
  Topology topology;
  std::vector<Flow> flows;
};
// A name is what Distribution and TrafficMatrix know, a fat tree "PODSxRACKSxHOSTS:PLANESxSPINES", a path "path:3",
// "path:5" or "path:7" with so many hosts (m3's, which read no matrix), or a file: searched in the folders, as it
// stands and then by its last part alone. Published distributions need no file: if there is none, "hadoop-all.txt" is
// "hadoop", and "sync-all-N.txt" made-up sizes of the shape that the published one has, with a theta of 15000 to 50000
// of our own. A mix and a seed make one scenario; the matrix is placed on racks at random.
Scenario make_scenario(const Mix &mix, const ScenarioSize &size, const std::vector<std::string> &folders);

}  // namespace liteflow::sim
