// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/m4/m4.h"

#include <limits>

namespace liteflow::sim::m4 {
M4::M4(const Topology &topology, const Wire &wire, const Weights &weights, const std::vector<float> &parameters,
       const Options &options)
    : topology_(topology), wire_(wire), ecmp_(topology), engine_(topology.rates(), weights, parameters, options) {}

void M4::add(const Flow &flow) {
  add(flow, ecmp_.route(flow.source, flow.destination, numbers_.next_key(flow)));
}

void M4::add(const Flow &flow, const Route &route) {
  engine_.add({.id = flow.id,
               .start_ns = static_cast<double>(flow.start_ns),
               .links = route,
               .bytes = static_cast<double>(flow.bytes),
               .bits = wire_bits(wire_, flow.bytes),
               .ideal_ns = route.empty() ? 0 : ideal_ns(wire_, topology_, route, flow.bytes)});
}

std::vector<Completion> run_m4(const Topology &topology, const std::vector<Flow> &flows,
                               const std::vector<Route> &routes, const Wire &wire, const Weights &weights,
                               const std::vector<float> &parameters, const Options &options, Counters *counters,
                               const std::function<void(std::size_t)> &done) {
  M4 m4(topology, wire, weights, parameters, options);
  std::vector<Completion> all(flows.size());
  std::size_t finished = 0;
  const auto run_until = [&](double time_ns) {
    while (const auto d = m4.next(time_ns)) {
      const Flow &f = flows[d->flow];
      all[d->flow] = {d->time_ns - static_cast<double>(f.start_ns), ideal_ns(wire, topology, routes[d->flow], f.bytes)};
      finished++;
      if (done) done(finished);
    }
  };
  for (std::size_t i = 0; i < flows.size(); i++) {
    Flow flow = flows[i];
    flow.id = i;
    run_until(static_cast<double>(flow.start_ns));
    m4.add(flow, routes[i]);
  }
  run_until(std::numeric_limits<double>::infinity());
  if (counters) *counters = m4.counters();
  return all;
}

}  // namespace liteflow::sim::m4
