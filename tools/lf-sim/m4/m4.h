// SPDX-License-Identifier: GPL-2.0
// m4: a learned network that flows are handed to one by one, or all at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "tools/lf-sim/m4/engine.h"
#include "tools/lf-sim/net/completions.h"
#include "tools/lf-sim/net/network.h"
#include "tools/lf-sim/net/routing.h"
#include "tools/lf-sim/net/wire.h"

namespace liteflow::sim::m4 {

// Closed loop.
class M4 : public Network {
 public:
  // Keeps a reference to the topology. parameters: parameters_of(). Error if they don't fit the weights.
  M4(const Topology &topology, const Wire &wire, const Weights &weights, const std::vector<float> &parameters,
     const Options &options = {});

  // Over the route that ECMP gives it, or over a given one. Error for one that starts in the past or gets nowhere.
  void add(const Flow &flow) override;
  void add(const Flow &flow, const Route &route);
  std::optional<Done> next(double until_ns) override { return engine_.next(until_ns); }

  const Counters &counters() const { return engine_.counters(); }

 private:
  const Topology &topology_;
  Wire wire_;
  Ecmp ecmp_;
  Engine engine_;
  PairNumbers numbers_;
};

// Open loop: all flows, by start. done: after each completion, how many there are. Error as of add().
std::vector<Completion> run_m4(const Topology &topology, const std::vector<Flow> &flows,
                               const std::vector<Route> &routes, const Wire &wire, const Weights &weights,
                               const std::vector<float> &parameters, const Options &options = {},
                               Counters *counters = nullptr, const std::function<void(std::size_t)> &done = {});

}  // namespace liteflow::sim::m4
