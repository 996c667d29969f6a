// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/m4/record.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include <fmt/format.h>

#include "codegen/error.h"

namespace liteflow::sim::m4 {

Record record_of(const std::string &name, const Topology &topology, const std::vector<Flow> &flows,
                 const std::vector<Route> &routes, const std::vector<Completion> &truth, const Wire &wire,
                 std::vector<float> parameters) {
  if (routes.size() != flows.size() || truth.size() != flows.size())
    throw Error(fmt::format("{}: {} flows, {} routes, {} completions: must be as many", name, flows.size(),
                            routes.size(), truth.size()));
  Record r{.name = name, .rates = {}, .flows = {}, .parameters = std::move(parameters), .sights = {}};
  r.rates = topology.rates();
  for (std::size_t i = 0; i < flows.size(); i++) {
    const Flow &f = flows[i];
    const auto refuse = [&](const char *why) { throw Error(fmt::format("{}: flow {} {}", name, f.id, why)); };
    if (routes[i].empty()) refuse("has no route");
    if (!f.bytes) refuse("has no bytes");
    const auto start = static_cast<double>(f.start_ns);
    if (!(start + truth[i].fct_ns > start) || !std::isfinite(truth[i].fct_ns)) refuse("has no completion time");
    if (i && f.start_ns < flows[i - 1].start_ns) refuse("starts before the one that is listed before it");
    r.flows.push_back({.links = routes[i],
                       .bytes = static_cast<double>(f.bytes),
                       .bits = wire_bits(wire, f.bytes),
                       .start_ns = start,
                       .fct_ns = truth[i].fct_ns,
                       .ideal_ns = ideal_ns(wire, topology, routes[i], f.bytes)});
  }
  return r;
}

std::vector<FlowEvent> events_of(const Record &record, const std::vector<std::uint32_t> &flows) {
  std::vector<FlowEvent> events;
  for (const std::uint32_t i : flows) {
    events.push_back({record.flows[i].start_ns, true, i});
    events.push_back({record.flows[i].end_ns(), false, i});
  }
  std::sort(events.begin(), events.end(), [](const FlowEvent &a, const FlowEvent &b) {
    return std::tuple(a.time_ns, a.arrival, a.flow) < std::tuple(b.time_ns, b.arrival, b.flow);
  });
  return events;
}

}  // namespace liteflow::sim::m4
