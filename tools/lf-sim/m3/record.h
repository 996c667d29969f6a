// SPDX-License-Identifier: GPL-2.0
// Record: a path of which both flowSim's and the true completions are known, and the samples that are made of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "daemon/training/rng.h"
#include "tools/lf-sim/m3/features.h"
#include "tools/lf-sim/m3/parameters.h"
#include "tools/lf-sim/net/completions.h"

namespace liteflow::sim::m3 {

struct Record {
  std::string name;  // where it is from
  std::size_t links = 0;
  std::vector<float> parameters;
  std::vector<Seen> seen;                 // what flowSim says of all parts, by slowdown
  std::vector<Seen> truth;                // what happened to those in the foreground, by slowdown
  std::vector<std::uint32_t> foreground;  // their parts, in the order of the flows
};

// truth: of the network's flows, to which the parts point. Error if nothing is in the foreground.
Record record_of(const std::string &name, const Lot &lot, const std::vector<Completion> &truth,
                 std::vector<float> parameters, const Wire &wire, bool exact);

// Of a folder as truth makes it (truth/dataset.h), with topology.txt, flows.txt and fct.txt: the path from the first
// host to the last one. settings: with which fct.txt came about.
Record read_record(const std::string &folder, const TcpSettings &settings);

// What the network reads, and what it should answer.
struct Sample {
  Features features;
  std::vector<float> parameters;
  Distribution target;
};

// How samples differ from their path, so that a few paths make many of them.
struct View {
  // Least share of the path's foreground that a sample is made of: a window of flows one after another, and the
  // background of that time. 1: all.
  double window = 1;
  // Of a window, so many flows at least and up to all (uniform in the logarithm) are the foreground that flowSim shows,
  // drawn at random; the others count as background. It is what a network's paths look like: few flows each, many
  // beside them. 0: all.
  std::size_t least_foreground = 0;
  // The target is of the window's whole foreground rather than of what flowSim shows of it.
  bool whole_target = false;
};
// Error naming the value that is out of range.
void check(const View &view);

Sample sample_of(const Record &record, const View &view, Rng &rng);

}  // namespace liteflow::sim::m3
