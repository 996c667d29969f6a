// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/m3/slowdown.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "codegen/error.h"
#include "tools/lf-sim/flowsim/online.h"

namespace liteflow::sim::m3 {
namespace {

double first_packet_bits(const Wire &wire, std::uint64_t bytes) {
  return static_cast<double>(std::min<std::uint64_t>(bytes, wire.payload) + wire.header) * 8;
}

}  // namespace

FluidRun simulate(const Lot &lot, const Wire &wire, bool exact) {
  std::vector<double> rates;
  for (const Link &link : lot.links) rates.push_back(link.rate);
  std::vector<FluidFlow> flows;
  flows.reserve(lot.parts.size());
  for (const Part &part : lot.parts) {
    FluidFlow &f = flows.emplace_back(FluidFlow{part.start_ns, wire_bits(wire, part.bytes), {}});
    f.route.resize(part.last - part.first);
    std::iota(f.route.begin(), f.route.end(), part.first);
  }
  return exact ? flowsim_exact(rates, flows, lot.cap) : flowsim_fast(rates, flows, lot.cap);
}

Alone alone(const Lot &lot, const Wire &wire, const Part &part) {
  const double packet = first_packet_bits(wire, part.bytes);
  double slowest = lot.links[part.first].rate, base = 0;
  for (std::uint32_t i = part.first; i < part.last; i++) {
    slowest = std::min(slowest, lot.links[i].rate);
    base += static_cast<double>(lot.links[i].delay_ns) + packet / lot.links[i].rate;
  }
  // The slowest link sends the first packet as a part of the transfer. It need not be on the path.
  if (slowest <= lot.cap) base -= packet / slowest;
  return {wire_bits(wire, part.bytes) / std::min(slowest, lot.cap), base};
}

Alone published_alone(const Lot &lot, const Part &part) {
  constexpr double kHost = 10, kFabric = 4 * kHost, kDelay = 1000;  // bits/ns and ns
  const Wire wire;
  const std::size_t nodes = lot.nodes();
  if (nodes != 3 && nodes != 5 && nodes != 7)
    throw Error("path of " + std::to_string(lot.links.size()) + " links: the published ones have 2, 4 or 6");
  // Of the links by which background comes to the middle: longer, as its real way there would be.
  const auto detour = [&](std::size_t node) {
    const auto to_end = static_cast<double>(std::min(node, nodes - 1 - node));
    return to_end > 1 ? kDelay * (to_end - 1) : 0;
  };
  const bool foreground = lot.foreground(part), internal = part.first != 0 && part.last != nodes - 1;
  const double links = part.last - part.first + !foreground + internal;
  const double packet = first_packet_bits(wire, part.bytes);
  const double transmission =
      packet / kHost * foreground + packet / kFabric * (links - 2) - packet / kHost * internal;
  return {wire_bits(wire, part.bytes) / kHost,
          kDelay * links + transmission + (detour(part.first) + detour(part.last))};
}

std::vector<double> slowdowns(const Lot &lot, const Wire &wire, const std::vector<double> &fct_ns) {
  std::vector<double> values(lot.parts.size());
  for (std::size_t i = 0; i < values.size(); i++) values[i] = slowdown(alone(lot, wire, lot.parts[i]), fct_ns[i]);
  return values;
}

std::vector<double> network_slowdowns(const Topology &topology, const std::vector<Flow> &flows,
                                      const std::vector<Route> &routes, const Wire &wire, bool exact) {
  std::vector<double> values;
  for (const Completion &of : run_flowsim(topology, flows, routes, wire, exact)) values.push_back(of.slowdown());
  return values;
}

}  // namespace liteflow::sim::m3
