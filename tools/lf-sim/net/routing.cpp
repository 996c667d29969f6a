// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/net/routing.h"

#include <fmt/core.h>

#include <algorithm>
#include <limits>
#include <numeric>

#include "codegen/error.h"

namespace liteflow::sim {

namespace {

constexpr std::uint16_t kNoWay = std::numeric_limits<std::uint16_t>::max();

// splitmix64's finaliser: each bit of the key bears on each of the hash.
std::uint64_t mix(std::uint64_t x) {
  x ^= x >> 30U;
  x *= 0xbf58476d1ce4e5b9U;
  x ^= x >> 27U;
  x *= 0x94d049bb133111ebU;
  return x ^ (x >> 31U);
}

[[noreturn]] void fail(NodeId node, NodeId destination) {
  throw Error(fmt::format("no way from node {} to node {}: the topology is not connected", node, destination));
}

}  // namespace

// What a host is reached over: its switch if it has only that one, so that a rack's hosts share their hops.
NodeId Ecmp::gate(NodeId destination) const {
  const std::vector<LinkId> &out = topology_.out(destination);
  if (topology_.is_switch(destination) || out.size() != 1) return destination;
  const NodeId neighbour = topology_.link(out[0]).to;
  return topology_.is_switch(neighbour) ? neighbour : destination;
}

// Breadth first, backwards; cables have both directions.
const Ecmp::Hops &Ecmp::hops_to(NodeId gate) {
  Hops &hops = hops_.at(gate);
  if (!hops.empty()) return hops;
  hops.assign(topology_.nodes(), kNoWay);
  hops[gate] = 0;
  std::vector<NodeId> queue{gate};
  for (std::size_t i = 0; i < queue.size(); i++) {
    const NodeId node = queue[i];
    if (node != gate && !topology_.is_switch(node)) continue;
    for (const LinkId link : topology_.out(node)) {
      const NodeId next = topology_.link(link).to;
      if (hops[next] != kNoWay) continue;
      hops[next] = static_cast<std::uint16_t>(hops[node] + 1);
      queue.push_back(next);
    }
  }
  return hops;
}

bool Ecmp::leads(LinkId id, const Hops &hops, NodeId gate) const {
  const Link &link = topology_.link(id);
  return hops[link.to] < hops[link.from] && (link.to == gate || topology_.is_switch(link.to));
}

LinkId Ecmp::next(NodeId node, NodeId destination, std::uint64_t key) {
  const NodeId to = gate(destination);
  if (node == to && to != destination) return Topology::reverse(topology_.out(destination).front());
  const Hops &hops = hops_to(to);
  const std::vector<LinkId> &out = topology_.out(node);
  const auto ways = std::count_if(out.begin(), out.end(), [&](LinkId link) { return leads(link, hops, to); });
  if (ways == 0) fail(node, destination);
  // The node takes part, or the choices of a path would be one.
  std::uint64_t before = mix(key + node * 0x9e3779b97f4a7c15U) % static_cast<std::uint64_t>(ways);
  return *std::find_if(out.begin(), out.end(), [&](LinkId link) { return leads(link, hops, to) && before-- == 0; });
}

void Ecmp::spread(NodeId destination, std::vector<double> sent, std::vector<double> &loads) {
  const NodeId to = gate(destination);
  const Hops &hops = hops_to(to);
  sent[destination] = 0;
  if (to != destination)
    loads[Topology::reverse(topology_.out(destination).front())] += std::accumulate(sent.begin(), sent.end(), 0.0);
  std::vector<std::vector<NodeId>> by_hops;
  for (NodeId node = 0; node < topology_.nodes(); node++) {
    if (sent[node] == 0 && !topology_.is_switch(node)) continue;
    if (hops[node] == kNoWay) {
      if (sent[node] > 0) fail(node, destination);
      continue;
    }
    if (hops[node] >= by_hops.size()) by_hops.resize(hops[node] + 1U);
    by_hops[hops[node]].push_back(node);
  }
  for (std::size_t distance = by_hops.size(); distance-- > 1;) {
    for (const NodeId node : by_hops[distance]) {
      if (sent[node] == 0) continue;
      const std::vector<LinkId> &out = topology_.out(node);
      const auto ways = std::count_if(out.begin(), out.end(), [&](LinkId link) { return leads(link, hops, to); });
      for (const LinkId link : out) {
        if (!leads(link, hops, to)) continue;
        const double part = sent[node] / static_cast<double>(ways);
        loads[link] += part;
        sent[topology_.link(link).to] += part;
      }
    }
  }
}

Route Ecmp::route(NodeId source, NodeId destination, std::uint64_t key) {
  Route route;
  for (NodeId node = source; node != destination; node = topology_.link(route.back()).to)
    route.push_back(next(node, destination, key));
  return route;
}

std::uint64_t key_of(NodeId source, NodeId destination, std::uint32_t number) {
  return mix((static_cast<std::uint64_t>(source) << 32U | destination) ^ mix(number + 1ULL));
}

std::vector<std::uint32_t> numbers_of_pairs(const std::vector<Flow> &flows) {
  PairNumbers numbers;
  std::vector<std::uint32_t> all;
  all.reserve(flows.size());
  for (const Flow &flow : flows) all.push_back(numbers.next(flow));
  return all;
}

std::vector<Route> routes_of(const Topology &topology, const std::vector<Flow> &flows) {
  Ecmp ecmp(topology);
  PairNumbers numbers;
  std::vector<Route> routes;
  routes.reserve(flows.size());
  for (const Flow &flow : flows) routes.push_back(ecmp.route(flow.source, flow.destination, numbers.next_key(flow)));
  return routes;
}

}  // namespace liteflow::sim
