// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/parsimon/decomposition.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <unordered_map>

#include "codegen/error.h"

namespace liteflow::sim::parsimon {

Decomposition::Decomposition(const Topology &topology, const std::vector<Flow> &flows,
                             const std::vector<Route> &routes, const Wire &wire, const Queues &queues,
                             std::uint32_t ack_bytes)
    : topology_(topology), flows_(flows), routes_(routes), wire_(wire), queues_(queues), ack_bits_(ack_bytes * 8.0),
      ends_(topology.links().size() + 1), packets_(topology.links().size()) {
  check();
  const std::size_t links = topology.links().size();
  std::vector<double> bits(links);
  for (std::size_t i = 0; i < flows.size(); i++) {
    const std::uint64_t packets = Packets(wire, flows[i].bytes).number;
    for (const LinkId link : routes[i]) {
      ends_[link + 1]++;
      packets_[link] += packets;
      bits[link] += wire_bits(wire, flows[i].bytes);
    }
  }
  for (std::size_t link = 1; link <= links; link++) ends_[link] += ends_[link - 1];
  users_.resize(ends_.back());
  std::vector<std::size_t> next(ends_.begin(), ends_.end() - 1);
  for (std::size_t i = 0; i < routes.size(); i++)
    for (const LinkId link : routes[i]) users_[next[link]++] = static_cast<std::uint32_t>(i);
  // On average over the time in which the opposite direction's flows start, as published; but not over less than it
  // takes to send them.
  for (LinkId link = 0; link < links; link++) {
    const LinkId back = Topology::reverse(link);
    double taken = 0;
    if (const auto used = users(back); !used.empty()) {
      const auto starts = static_cast<double>(flows[used.back()].start_ns - flows[used.front()].start_ns);
      const double sending = bits[back] / topology.link(back).rate;
      taken = static_cast<double>(packets_[back]) * ack_bits_ / std::max(starts, sending);
    }
    rates_.push_back(topology.link(link).rate - taken);
    if (!(rates_.back() > 0)) throw Error("parsimon: ack_bytes leave nothing of link " + std::to_string(link));
  }
}

void Decomposition::check() const {
  if (!wire_.payload) throw Error("parsimon: wire.payload must be at least 1 byte");
  if (!(queues_.mark_bytes > 0)) throw Error("parsimon: mark_bytes must be above 0");
  if (!(queues_.mark_rate >= 0)) throw Error("parsimon: mark_rate must not be negative");
  if (!(queues_.buffer_bytes >= wire_.payload + wire_.header))
    throw Error("parsimon: buffer_bytes must hold a packet, " + std::to_string(wire_.payload + wire_.header));
  if (flows_.size() >= std::numeric_limits<std::uint32_t>::max()) throw Error("parsimon: too many flows: split them");
  if (routes_.size() != flows_.size())
    throw Error("parsimon: " + std::to_string(routes_.size()) + " routes for " + std::to_string(flows_.size()) +
                " flows: routes_of() gives one for each");
  for (std::size_t i = 0; i < flows_.size(); i++) {
    const auto refuse = [&](const char *why) {
      throw Error("parsimon: flow " + std::to_string(flows_[i].id) + " " + why);
    };
    if (!flows_[i].bytes) refuse("is empty: at least 1 byte");
    if (flows_[i].start_ns < 0) refuse("starts before 0");
    if (i && flows_[i].start_ns < flows_[i - 1].start_ns) refuse("starts before the one before it: sort them by start");
    if (routes_[i].empty()) refuse("has an empty route");
    NodeId at = flows_[i].source;
    for (const LinkId link : routes_[i]) {
      if (link >= topology_.links().size() || topology_.link(link).from != at) refuse("has a route with a gap");
      at = topology_.link(link).to;
    }
    if (at != flows_[i].destination) refuse("has a route to somewhere else");
  }
}

PortSpec Decomposition::port(LinkId link) const {
  const double rate = topology_.link(link).rate;
  const double marked = queues_.mark_rate > 0 ? queues_.mark_bytes * rate / queues_.mark_rate : queues_.mark_bytes;
  return {rates_[link], marked, queues_.buffer_bytes};
}

// Rates are left for the caller.
Pipe Decomposition::pipe(const Route &route, std::size_t hop) const {
  const double full = (wire_.payload + wire_.header) * 8.0;
  Pipe pipe;
  for (std::size_t i = 0; i < route.size(); i++) {
    const Link &link = topology_.link(route[i]);
    const auto delay = static_cast<double>(link.delay_ns);
    (i < hop ? pipe.before_ns : pipe.after_ns) += delay + (i == 0 || i == hop ? 0 : full / link.rate);
    pipe.back_ns += delay + ack_bits_ / link.rate;
  }
  return pipe;
}

LinkSpec Decomposition::spec(LinkId link) const {
  LinkSpec spec{.link = port(link), .sources = {}, .flows = {}};
  std::unordered_map<LinkId, std::uint32_t> sources;
  for (const std::uint32_t i : users(link)) {
    const Route &route = routes_[i];
    const auto hop = static_cast<std::size_t>(std::find(route.begin(), route.end(), link) - route.begin());
    std::uint32_t source = 0;
    if (hop > 0) {
      const auto [place, fresh] = sources.try_emplace(route[0], static_cast<std::uint32_t>(spec.sources.size()));
      if (fresh) spec.sources.push_back(port(route[0]));
      source = place->second;
    }
    const Pipe around = pipe(route, hop);
    spec.flows.push_back({static_cast<double>(flows_[i].start_ns), flows_[i].bytes, source, around.before_ns,
                          around.after_ns, around.back_ns});
  }
  return spec;
}

Pipe Decomposition::pipe(std::size_t flow) const {
  const Route &route = routes_[flow];
  std::size_t slowest = route.size() - 1;
  for (std::size_t i = 1; i < route.size(); i++)
    if (topology_.link(route[i]).rate < topology_.link(route[slowest]).rate) slowest = i;
  Pipe p = pipe(route, slowest);
  p.first_rate = slowest ? topology_.link(route[0]).rate : 0;
  p.second_rate = topology_.link(route[slowest]).rate;
  return p;
}

}  // namespace liteflow::sim::parsimon
