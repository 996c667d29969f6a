// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/net/fabrics.h"

#include <fmt/core.h>

#include <algorithm>
#include <string_view>

#include "codegen/error.h"

namespace liteflow::sim {

namespace {

constexpr double kUnbounded = 100'000;  // Gbit/s
constexpr std::size_t kMost = 1U << 20U;

void check_count(std::string_view what, std::size_t count, std::size_t least) {
  if (count < least || count > kMost) throw Error(fmt::format("{} {}: give {} to {}", count, what, least, kMost));
}

Topology with_switches(std::size_t hosts, std::size_t switches) {
  check_count("nodes", hosts + switches, 1);
  Topology topology(hosts + switches);
  for (std::size_t i = hosts; i < hosts + switches; i++) topology.set_switch(static_cast<NodeId>(i));
  return topology;
}

// Nodes are small numbers.
NodeId node(std::size_t id) { return static_cast<NodeId>(id); }

}  // namespace

double oversubscription(const FatTree &spec) {
  return static_cast<double>(spec.racks * spec.planes) / static_cast<double>(spec.planes * spec.spines);
}

Topology fat_tree(const FatTree &spec) {
  check_count("pods", spec.pods, 1);
  check_count("racks in a pod", spec.racks, 1);
  check_count("hosts in a rack", spec.hosts, 1);
  check_count("fabric switches in a pod", spec.planes, 1);
  check_count("spines in a plane", spec.spines, 1);
  const std::size_t racks = spec.pods * spec.racks, hosts = racks * spec.hosts, fabrics = spec.pods * spec.planes;
  Topology topology = with_switches(hosts, racks + fabrics + spec.planes * spec.spines);
  const std::size_t first_fabric = hosts + racks, first_spine = first_fabric + fabrics;
  for (std::size_t host = 0; host < hosts; host++)
    topology.add_cable(node(host), node(hosts + host / spec.hosts), spec.host_rate, spec.delay_ns);
  for (std::size_t rack = 0; rack < racks; rack++)
    for (std::size_t plane = 0; plane < spec.planes; plane++)
      topology.add_cable(node(hosts + rack), node(first_fabric + rack / spec.racks * spec.planes + plane),
                         spec.fabric_rate, spec.delay_ns);
  for (std::size_t fabric = 0; fabric < fabrics; fabric++)
    for (std::size_t spine = 0; spine < spec.spines; spine++)
      topology.add_cable(node(first_fabric + fabric), node(first_spine + fabric % spec.planes * spec.spines + spine),
                         spec.fabric_rate, spec.delay_ns);
  return topology;
}

Topology leaf_spine(const LeafSpine &spec) {
  check_count("leaves", spec.leaves, 1);
  check_count("spines", spec.spines, 1);
  check_count("hosts at a leaf", spec.hosts, 1);
  const std::size_t hosts = spec.leaves * spec.hosts;
  Topology topology = with_switches(hosts, spec.leaves + spec.spines);
  for (std::size_t host = 0; host < hosts; host++)
    topology.add_cable(node(host), node(hosts + host / spec.hosts), spec.host_rate, spec.delay_ns);
  for (std::size_t leaf = 0; leaf < spec.leaves; leaf++)
    for (std::size_t spine = 0; spine < spec.spines; spine++)
      topology.add_cable(node(hosts + leaf), node(hosts + spec.leaves + spine), spec.fabric_rate, spec.delay_ns);
  return topology;
}

Topology parking_lot(const ParkingLot &spec) {
  check_count("hosts of a parking lot", spec.hosts, 3);
  const std::size_t switches = spec.hosts - 2;
  Topology topology = with_switches(spec.hosts, switches);
  topology.add_cable(0, node(spec.hosts), spec.host_rate, 1000);
  // What comes in on the way has travelled as far as what came from the nearer end.
  for (std::size_t i = 0; i < switches; i++)
    topology.add_cable(node(1 + i), node(spec.hosts + i), kUnbounded,
                       static_cast<std::int64_t>(1000 * std::min(i + 1, switches - i)));
  topology.add_cable(node(spec.hosts - 1), node(spec.hosts + switches - 1), spec.host_rate, 1000);
  for (std::size_t i = 0; i + 1 < switches; i++)
    topology.add_cable(node(spec.hosts + i), node(spec.hosts + i + 1), spec.fabric_rate, 1000);
  return topology;
}

std::vector<std::vector<NodeId>> racks_of(const Topology &topology) {
  std::vector<std::vector<NodeId>> racks;
  for (NodeId node = 0; node < topology.nodes(); node++) {
    if (!topology.is_switch(node)) continue;
    std::vector<NodeId> hosts;
    for (const LinkId link : topology.out(node))
      if (!topology.is_switch(topology.link(link).to)) hosts.push_back(topology.link(link).to);
    if (!hosts.empty()) racks.push_back(std::move(hosts));
  }
  return racks;
}

}  // namespace liteflow::sim
