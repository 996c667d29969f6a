// SPDX-License-Identifier: GPL-2.0
// Published: the demo paths that m3's authors made with their own packet simulator. What is computed here must be what
// they hold, value by value.
//
// A folder holds one path: fsize, fat, fsd (sizes, starts in ns, source and destination on the lot), fct_flowsim; and
// with an ending such as _topo-pl-3_s0: fid (flows that the simulator finished), fct, fct_i (their times and ideal
// ones), param, and feat (feature maps and target).
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "tools/lf-sim/m3/features.h"
#include "tools/lf-sim/m3/paths.h"
#include "tools/lf-sim/m3/record.h"

namespace liteflow::sim::m3 {

struct PublishedPath {
  std::string folder;
  Lot lot;                         // starts as in the file: from 1 s
  std::vector<double> flowsim_ns;  // of each part
  std::vector<Seen> truth;         // of the foreground, by slowdown
  std::vector<float> parameters;   // Layout::published
  std::vector<float> maps, target; // of feat_*.npz: maps without the parameters, target 1 in classes without flows
  std::vector<float> tail;         // the parameters behind its first map
};

// Folders of paths in a folder, by name. Error if there are none.
std::vector<std::string> published_folders(const std::string &folder);
// Error naming the file that is missing or does not fit the others.
PublishedPath read_published(const std::string &folder);

// To train with; of the file's flowSim.
Record record_of(const PublishedPath &path);

// How many values there are, and how many of them are the published ones bit for bit.
struct Agreement {
  std::size_t values = 0, equal = 0;
  bool all() const { return values == equal; }
};
struct PublishedCheck {
  Agreement flowsim;     // flowsim_exact()'s times, double
  Agreement fast;        // flowsim_fast()'s, within 1e-6 of them + 1 ns
  Agreement maps;        // of these times; float, as all below
  Agreement targets;
  Agreement parameters;
  bool all() const { return flowsim.all() && fast.all() && maps.all() && targets.all() && parameters.all(); }
};
PublishedCheck check_published(const PublishedPath &path);

}  // namespace liteflow::sim::m3
