// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/m3/paths.h"

#include <algorithm>
#include <map>
#include <utility>

#include "codegen/error.h"
#include "daemon/training/rng.h"

namespace liteflow::sim::m3 {

Lot empty_lot(const std::vector<Link> &links) {
  if (links.empty()) throw Error("path: it has no links: a flow from a host to itself?");
  return {.links = links, .parts = {}, .cap = std::max(links.front().rate, links.back().rate)};
}

Paths::Paths(const Topology &topology, const std::vector<Flow> &flows, const std::vector<Route> &routes)
    : topology_(topology), flows_(flows), routes_(routes), ends_(topology.links().size() + 1) {
  if (flows.empty()) throw Error("paths: there are no flows to take them from");
  for (const Route &route : routes)
    for (const LinkId link : route) ends_[link + 1]++;
  for (std::size_t link = 1; link < ends_.size(); link++) ends_[link] += ends_[link - 1];
  users_.resize(ends_.back());
  std::vector<std::size_t> next(ends_.begin(), ends_.end() - 1);
  for (std::size_t i = 0; i < routes.size(); i++)
    for (const LinkId link : routes[i]) users_[next[link]++] = static_cast<std::uint32_t>(i);
}

// To draw a flow is to draw a path by the number of its flows.
std::vector<SampledPath> Paths::sample(std::size_t draws, std::uint64_t seed) const {
  Rng rng(seed);
  std::vector<SampledPath> sampled;
  std::map<Route, std::size_t> places;
  for (std::size_t i = 0; i < draws; i++) {
    const std::size_t flow = rng.below(flows_.size());
    const auto [place, fresh] = places.try_emplace(routes_[flow], sampled.size());
    if (fresh) sampled.push_back({flow, 0});
    sampled[place->second].count++;
  }
  return sampled;
}

Lot Paths::lot(const Route &path) const {
  std::vector<Link> links;
  for (const LinkId id : path) links.push_back(topology_.link(id));
  Lot lot = empty_lot(links);
  // Who uses what; the links of a flow one after another.
  std::vector<std::pair<std::uint32_t, std::uint32_t>> uses;
  for (std::uint32_t i = 0; i < path.size(); i++)
    for (std::size_t k = ends_[path[i]]; k < ends_[path[i] + 1]; k++) uses.emplace_back(users_[k], i);
  std::sort(uses.begin(), uses.end());
  for (std::size_t i = 0; i < uses.size(); i++) {
    const auto [flow, link] = uses[i];
    if (i && uses[i - 1] == std::pair(flow, link - 1)) {
      lot.parts.back().last++;
      continue;
    }
    const Flow &f = flows_[flow];
    lot.parts.push_back({flow, link, link + 1, f.bytes, static_cast<double>(f.start_ns)});
  }
  return lot;
}

}  // namespace liteflow::sim::m3
