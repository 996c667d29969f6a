// SPDX-License-Identifier: GPL-2.0
// Lock-step: several busy periods at once, the k-th event of each together, as one graph whose parts are not connected.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "tools/lf-sim/m4/replay.h"

namespace liteflow::sim::m4 {

using Index = std::vector<std::int64_t>;

// One event of each period, as what tensors are made of. "Row" is of the frame, "place" of the tables of states.
struct Frame {
  // Touched flows and links.
  Index flow_places, link_places;
  std::vector<float> flow_inputs, link_inputs;  // row-major
  std::vector<float> parameters;                // of each flow's network, row-major
  Index edge_flow, edge_link;                   // rows
  Index new_flows, new_links;                   // rows whose states begin anew,
  std::vector<float> flow_begin, link_begin;    // with these three values each

  // Of each touched flow: the logarithm of the true slowdown's ratio to the base, and what it counts: 1 at the first
  // touch of a flow, 1/2 at the second, ..., so that a long one does not count as many short ones.
  std::vector<float> log_ratio, weight;
  // What was seen: rows and values; a queue's is the cube root of its kB.
  Index left_rows, queue_rows;
  std::vector<float> left, queue;

  // Flows that have completed: their states are those of the tables before this frame.
  Index completed_places;
  std::vector<float> completed_inputs, completed_parameters, completed_log_ratio;

  std::size_t events = 0;
};

class Lockstep {
 public:
  explicit Lockstep(std::vector<Replay> replays);

  // The next event of each period that has one; false if none has.
  bool next(Frame &frame);
  std::size_t flow_places() const { return flow_first_.back(); }
  std::size_t link_places() const { return link_first_.back(); }

 private:
  void put(const Replay &replay, std::size_t which, Frame &frame) const;

  std::vector<Replay> replays_;
  std::vector<std::size_t> flow_first_, link_first_;  // place of each period's first flow and link, and the end
};

}  // namespace liteflow::sim::m4
