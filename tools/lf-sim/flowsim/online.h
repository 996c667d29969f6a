// SPDX-License-Identifier: GPL-2.0
// flowSim over a topology: all flows at once, or told as they come.
//
// A flow takes what it takes as fluid, and what it takes alone beyond its bits at the rate of its slowest link:
// propagation, and its first packet on the other links. It leaves the links when its last bit is sent, and is done when
// that has arrived.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <queue>
#include <unordered_map>
#include <vector>

#include "tools/lf-sim/flowsim/flowsim.h"
#include "tools/lf-sim/flowsim/fluid.h"
#include "tools/lf-sim/net/network.h"

namespace liteflow::sim {

// Of each flow; flows by start, routes: of each. exact: by flowsim_exact(), else by flowsim_fast(). Error for flows out
// of order, without bytes or without a route.
std::vector<Completion> run_flowsim(const Topology &topology, const std::vector<Flow> &flows, std::vector<Route> routes,
                                    const Wire &wire, bool exact);

// Routes as routes_of(). Keeps a reference to the topology, whose rates it takes as they are at the beginning. Memory
// grows with the flows that are there or to come, and with the pairs that there have been.
class FlowSim : public Network {
 public:
  FlowSim(const Topology &topology, const Wire &wire);

  // Error if the flow starts in the past, has no bytes, or does not go from a host to another one.
  void add(const Flow &flow) override;
  std::optional<Done> next(double until_ns) override;

  std::size_t active() const { return fluid_.active(); }  // flows that have bits to send

 private:
  struct Timed {
    double time;          // ns
    std::uint64_t order;  // of equal times
    std::uint32_t number;
    bool operator>(const Timed &other) const { return time != other.time ? time > other.time : order > other.order; }
  };
  using Queue = std::priority_queue<Timed, std::vector<Timed>, std::greater<>>;
  struct Told {
    std::uint64_t id = 0;
    double bits = 0, beyond_ns = 0;
    Route route;
  };

  void begin();
  std::uint32_t number_of(Told told);

  const Topology &topology_;
  Wire wire_;
  Ecmp ecmp_;
  Fluid fluid_;
  PairNumbers numbers_;
  std::vector<Told> told_;
  std::vector<std::uint32_t> free_;  // numbers
  Queue starts_, ends_;
  std::uint64_t order_ = 0;
  double clock_ = 0;
};

}  // namespace liteflow::sim
