// SPDX-License-Identifier: GPL-2.0
// Estimate: what m3 says of a whole network's slowdowns (m3, sections 3.1 and 3.5).
//
// Paths are drawn in proportion to their flows. flowSim and features of each, in threads, then the network for many at
// once. For each class of sizes the percentiles of the paths that have flows of it are a pool, each as often as its
// path was drawn; percentiles over all classes are of values drawn from the pools by the classes' shares.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "tools/lf-sim/m3/model.h"
#include "tools/lf-sim/m3/parameters.h"
#include "tools/lf-sim/m3/paths.h"

namespace liteflow::sim::m3 {

struct EstimateOptions {
  std::size_t draws = 500;  // of paths, >= 1
  std::uint64_t seed = 0;
  std::size_t threads = 1;  // for flowSim and features
  bool exact = false;       // flowSim in the published order of operations
  // One flowSim of the whole network instead of one for each path: it sees what holds flows back off the path, which
  // otherwise make room there too soon. Not as published, and no time limit cuts it short.
  bool whole_network = false;
  // Shares of the classes: of the sampled paths' foreground, as published, or of all flows, which are known.
  bool sampled_shares = true;
  // Seconds after which no further path is begun, 0: no limit. The estimate is of the paths that were: at least one.
  double most_seconds = 0;
  TcpSettings settings;  // what a packet-level simulation would have
  // Paths done and to do; not from two threads at once, though not from the caller's. May be empty.
  std::function<void(std::size_t, std::size_t)> progress;
};

struct PathReport {
  std::size_t flow = 0, count = 0;  // as in SampledPath
  std::size_t links = 0, parts = 0, foreground = 0;
  std::uint64_t events = 0;  // of its flowSim
  double flowsim_seconds = 0, features_seconds = 0;
};

struct Estimate {
  // Slowdowns: percentiles 1 to 100 of each class and of all (last), as percentiles() has them; a class that no
  // sampled path has flows of is empty.
  std::vector<std::vector<double>> percentiles;
  std::vector<PathReport> paths;
  std::size_t left_out = 0;  // sampled paths for which there was no time
  struct Seconds {
    double paths = 0;               // wall time to find them
    double lots = 0;                // the rest of each path's own time, over all threads: gathering its flows,
    double flowsim = 0;             // flowSim
    double features = 0;            // and its feature maps
    NetworkSeconds network;
    double total = 0;               // wall time
  } seconds;

  double p99(std::size_t row) const { return percentiles[row].empty() ? 0 : percentiles[row][98]; }
};

// routes: of each flow, as routes_of() gives them.
Estimate estimate(const Topology &topology, const std::vector<Flow> &flows, const std::vector<Route> &routes,
                  const Model &model, const EstimateOptions &options);

// The last step: answers of kOutputs for each path, of which foreground tells the flows in each class, and how often it
// counts. shares: of the classes, their sum 1. draws: values drawn in all.
struct Answered {
  std::size_t count = 1;
  std::array<std::uint32_t, kSizeClasses> foreground{};
};
std::vector<std::vector<double>> pool(const std::vector<float> &answers, const std::vector<Answered> &paths,
                                      const std::array<double, kSizeClasses> &shares, std::size_t draws,
                                      std::uint64_t seed);

}  // namespace liteflow::sim::m3
