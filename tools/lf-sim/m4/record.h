// SPDX-License-Identifier: GPL-2.0
// Record: flows of which it is known how long they really took, and what else was seen of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tools/lf-sim/net/completions.h"
#include "tools/lf-sim/net/routing.h"
#include "tools/lf-sim/net/wire.h"

namespace liteflow::sim::m4 {

struct TrueFlow {
  std::vector<LinkId> links;
  double bytes = 0, bits = 0;  // bits: with headers
  double start_ns = 0, fct_ns = 0, ideal_ns = 0;
  double end_ns() const { return start_ns + fct_ns; }
  double slowdown() const { return fct_ns > ideal_ns ? fct_ns / ideal_ns : 1; }
};

// What a packet-level simulation saw at an event.
struct Sight {
  std::vector<std::pair<std::uint32_t, float>> left;  // of active flows, by index: share of bytes not yet delivered
  std::vector<float> queued;                          // at an arrival: kB that wait at each link of the flow's route
};

struct Record {
  std::string name;            // where it is from
  std::vector<double> rates;   // of the links, bits/ns
  std::vector<TrueFlow> flows;  // by start
  std::vector<float> parameters;
  // Two of each flow, at its arrival and at its completion; or none at all.
  std::vector<Sight> sights;
};

// Error naming the flow that has no route, no size or no time, or is out of order.
Record record_of(const std::string &name, const Topology &topology, const std::vector<Flow> &flows,
                 const std::vector<Route> &routes, const std::vector<Completion> &truth, const Wire &wire,
                 std::vector<float> parameters);

// An arrival or a completion, of a flow (index).
struct FlowEvent {
  double time_ns;
  bool arrival;
  std::uint32_t flow;
};
// Of some flows, which are given by start, in the order of time; of equal times completions come first.
std::vector<FlowEvent> events_of(const Record &record, const std::vector<std::uint32_t> &flows);

}  // namespace liteflow::sim::m4
