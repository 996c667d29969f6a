// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/net/failures.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "codegen/error.h"
#include "daemon/training/rng.h"

namespace liteflow::sim {

namespace {

constexpr std::size_t kNone = ~std::size_t{0};

// Without the cable of that number, if any: whether a host still reaches all that it reached.
bool all_meet(const Topology &topology, const std::vector<bool> &gone, std::size_t without) {
  const std::vector<NodeId> hosts = topology.hosts();
  std::vector<bool> seen(topology.nodes(), false);
  std::vector<NodeId> open{hosts.front()};
  seen[hosts.front()] = true;
  while (!open.empty()) {
    const NodeId node = open.back();
    open.pop_back();
    for (const LinkId link : topology.out(node)) {
      const NodeId to = topology.link(link).to;
      if (gone[link / 2] || link / 2 == without || seen[to]) continue;
      seen[to] = true;
      open.push_back(to);
    }
  }
  return std::ranges::all_of(hosts, [&](NodeId host) { return seen[host]; });
}

}  // namespace

Topology without_cables(const Topology &topology, std::size_t cables, std::uint64_t seed) {
  std::vector<std::size_t> between;
  const std::vector<Link> &links = topology.links();
  for (std::size_t i = 0; i < links.size(); i += 2)
    if (topology.is_switch(links[i].from) && topology.is_switch(links[i].to)) between.push_back(i / 2);
  std::vector<bool> gone(links.size() / 2, false);
  if (cables > 0 && !all_meet(topology, gone, kNone))
    throw Error("some hosts don't reach others even without failures");
  Rng rng(seed);
  for (std::size_t n = 0; n < cables;) {
    if (between.empty()) throw Error(fmt::format("hosts can do without {} cables, not {}", n, cables));
    std::swap(between[rng.below(between.size())], between.back());
    const std::size_t cable = between.back();
    between.pop_back();
    if (!all_meet(topology, gone, cable)) continue;
    gone[cable] = true;
    n++;
  }
  Topology left(topology.nodes());
  for (NodeId node = 0; node < topology.nodes(); node++)
    if (topology.is_switch(node)) left.set_switch(node);
  for (std::size_t i = 0; i < links.size(); i += 2)
    if (!gone[i / 2]) left.add_cable(links[i].from, links[i].to, links[i].rate, links[i].delay_ns);
  return left;
}

Topology with_slow_hosts(const Topology &topology, std::size_t hosts, double reduction) {
  const std::vector<NodeId> all = topology.hosts();
  if (hosts > all.size()) throw Error(fmt::format("{} slow hosts: there are {}", hosts, all.size()));
  if (!(reduction >= 1)) throw Error(fmt::format("a reduction to 1 / {}: give 1 or more", reduction));
  Topology slow = topology;
  for (std::size_t i = 0; i < hosts; i++)
    for (const LinkId link : topology.out(all[i])) slow.set_rate(link, topology.link(link).rate / reduction);
  return slow;
}

}  // namespace liteflow::sim
