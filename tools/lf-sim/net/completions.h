// SPDX-License-Identifier: GPL-2.0
// Completions: what an engine says about flows. Every engine writes the same files.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tools/lf-sim/net/flows.h"

namespace liteflow::sim {

// Times of one flow, nanoseconds.
struct Completion {
  double fct_ns = 0;    // from its start to the delivery of its last byte
  double ideal_ns = 0;  // on an empty network; > 0
  double slowdown() const { return fct_ns < ideal_ns ? 1 : fct_ns / ideal_ns; }
};

// The published format, one line for each flow in their order:
//   ID SIP DIP SPORT DPORT BYTES START_NS FCT_NS IDEAL_NS
// with addresses as %08x of 0x0b000001 + (node / 256) << 16 + (node % 256) << 8. A file with eight columns, without
// ID, is read too. Error with file and line for what does not fit the flows.
std::vector<Completion> read_completions(const std::string &file, const std::vector<Flow> &flows);
// Without the flows: what the file says of them, too.
struct Completed {
  std::vector<Flow> flows;
  std::vector<Completion> completions;
};
Completed read_completions(const std::string &file);
void write_completions(const std::string &file, const std::vector<Flow> &flows,
                       const std::vector<Completion> &completions);

// Output buckets of m3: edges in bytes, left-closed; the last one is open.
inline constexpr std::uint64_t kSizeEdges[] = {1000, 10000, 50000};
inline constexpr std::size_t kSizeClasses = 4;
std::size_t size_class(std::uint64_t bytes);

// Of 0 to 100 percent of sorted values, which are not none; linear between the two that it lies between.
double percentile(const std::vector<double> &sorted, double percent);
// Sorted slowdowns of each size class, and of all flows (last).
std::vector<std::vector<double>> slowdowns_by_class(const std::vector<Flow> &flows,
                                                    const std::vector<Completion> &completions);
// Their percentiles 1 to 100; none of a class without flows.
std::vector<std::vector<double>> percentiles(const std::vector<Flow> &flows,
                                             const std::vector<Completion> &completions);

}  // namespace liteflow::sim
