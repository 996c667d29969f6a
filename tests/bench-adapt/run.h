// SPDX-License-Identifier: GPL-2.0
// Run: the daemon's own update loop, gate, trials and adapter against a World,
// under a clock of its own.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tests/bench-adapt/world.h"

namespace liteflow::bench {

struct Case {
  std::string name, about;
  std::string config;         // keys of [[app]] and its sections, as liteflowd reads them
  bool frozen = false;        // no daemon: nothing is learnt, nothing explored
  std::string start = "shipped";
};

struct Result {
  std::uint64_t seed = 0;
  std::vector<Tally> phases;
  std::map<std::string, double> updates;  // of updates_total, by result
  double tune_cpu_s = 0, quantise_cpu_s = 0, batch_bytes = 0, staged_bytes = 0, rounds = 0;
  double cpu_s = 0;  // the whole run's, simulator and all
};

// model: the .pt that serves first; calibration: the rows that come with it.
Result run(const Case &what, std::uint64_t seed, const std::string &model,
           const std::string &calibration);

}  // namespace liteflow::bench
