// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/flowsim/online.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "codegen/error.h"

namespace liteflow::sim {

namespace {

constexpr double kNoCap = std::numeric_limits<double>::infinity();

// What a flow takes alone beyond its bits at the rate of its slowest link, ns.
double beyond_ns(double ideal, double bits, const Topology &topology, const Route &route) {
  double slowest = kNoCap;
  for (const LinkId link : route) slowest = std::min(slowest, topology.link(link).rate);
  return std::max(0.0, ideal - bits / slowest);
}

}  // namespace

std::vector<Completion> run_flowsim(const Topology &topology, const std::vector<Flow> &flows, std::vector<Route> routes,
                                    const Wire &wire, bool exact) {
  if (routes.size() != flows.size())
    throw Error(fmt::format("{} routes for {} flows: give one for each", routes.size(), flows.size()));
  std::vector<Completion> completions(flows.size());
  std::vector<FluidFlow> fluid;
  fluid.reserve(flows.size());
  for (std::size_t i = 0; i < flows.size(); i++) {
    const double bits = wire_bits(wire, flows[i].bytes);
    for (const LinkId link : routes[i])
      if (link >= topology.links().size()) throw Error(fmt::format("flow {}: link {}: the topology has none", i, link));
    completions[i].ideal_ns = ideal_ns(wire, topology, routes[i], flows[i].bytes);
    completions[i].fct_ns = beyond_ns(completions[i].ideal_ns, bits, topology, routes[i]);
    fluid.push_back({static_cast<double>(flows[i].start_ns), bits, std::move(routes[i])});
  }
  const std::vector<double> rates = topology.rates();
  const FluidRun run = exact ? flowsim_exact(rates, fluid, kNoCap) : flowsim_fast(rates, fluid, kNoCap);
  for (std::size_t i = 0; i < flows.size(); i++) completions[i].fct_ns += run.fct_ns[i];
  return completions;
}

FlowSim::FlowSim(const Topology &topology, const Wire &wire)
    : topology_(topology), wire_(wire), ecmp_(topology),
      fluid_(topology.rates(), kNoCap, Sharing::best_for(topology.links().size())) {}

void FlowSim::add(const Flow &flow) {
  for (const NodeId node : {flow.source, flow.destination})
    if (node >= topology_.nodes() || topology_.is_switch(node))
      throw Error(fmt::format("flow {}: node {} is no host of the topology", flow.id, node));
  if (flow.source == flow.destination)
    throw Error(fmt::format("flow {}: goes from node {} to itself", flow.id, flow.source));
  if (flow.bytes == 0) throw Error(fmt::format("flow {}: has no bytes", flow.id));
  const auto start = static_cast<double>(flow.start_ns);
  // Half a nanosecond: starts are whole ones, completions are not.
  if (start < clock_ - 0.5)
    throw Error(fmt::format("flow {}: starts at {} ns, but it is {} ns already", flow.id, flow.start_ns, clock_));
  Told told{.id = flow.id, .bits = wire_bits(wire_, flow.bytes), .beyond_ns = 0,
            .route = ecmp_.route(flow.source, flow.destination, numbers_.next_key(flow))};
  told.beyond_ns = beyond_ns(ideal_ns(wire_, topology_, told.route, flow.bytes), told.bits, topology_, told.route);
  starts_.push({std::max(start, clock_), order_++, number_of(std::move(told))});
}

std::uint32_t FlowSim::number_of(Told told) {
  if (free_.empty()) {
    told_.push_back(std::move(told));
    return static_cast<std::uint32_t>(told_.size() - 1);
  }
  const std::uint32_t number = free_.back();
  free_.pop_back();
  told_[number] = std::move(told);
  return number;
}

void FlowSim::begin() {
  const Timed start = starts_.top();
  starts_.pop();
  const Told &told = told_[start.number];
  fluid_.add(start.time, start.number, told.bits, told.route);
}

// Fluid goes no further than the next completion that is told: who hears of it may begin a flow then.
std::optional<Done> FlowSim::next(double until_ns) {
  for (;;) {
    // Those that begin together have their rates found together.
    while (!starts_.empty() && starts_.top().time <= fluid_.now_ns()) begin();
    const double start = starts_.empty() ? Fluid::kNever : starts_.top().time;
    const double end = ends_.empty() ? Fluid::kNever : ends_.top().time;
    const double sent = fluid_.next_ns();
    if (fluid_.active() && sent <= std::min({start, end, until_ns})) {
      const std::uint32_t number = fluid_.complete();
      ends_.push({sent + told_[number].beyond_ns, order_++, number});
    } else if (!ends_.empty() && end <= std::min(start, until_ns)) {
      const std::uint32_t number = ends_.top().number;
      ends_.pop();
      free_.push_back(number);
      clock_ = std::max(clock_, end);
      return Done{told_[number].id, end};
    } else if (start < until_ns) {
      begin();
    } else {
      // With nothing left there is no time to go to, however far the asker would wait.
      if (std::isfinite(until_ns)) clock_ = std::max(clock_, until_ns);
      return std::nullopt;
    }
  }
}

}  // namespace liteflow::sim
