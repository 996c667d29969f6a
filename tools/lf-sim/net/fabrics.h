// SPDX-License-Identifier: GPL-2.0
// Fabrics: the topologies that simulations are made of. Nodes are numbered hosts first, then the switches of racks, of
// the pods' fabrics, and the spines.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "tools/lf-sim/net/topology.h"

namespace liteflow::sim {

// A fat tree as Meta's: a rack's switch has a cable to each fabric switch of its pod, and the fabric switch number p of
// each pod one to each spine of plane p. Defaults: the 32 hosts that m4 learns from, not oversubscribed.
struct FatTree {
  std::size_t pods = 2, racks = 4, hosts = 4;  // racks of a pod, hosts of a rack
  std::size_t planes = 2, spines = 4;          // fabric switches of a pod; spines of a plane
  double host_rate = 10, fabric_rate = 40;     // Gbit/s
  std::int64_t delay_ns = 1000;                // of each link
};

// What the racks of a pod can send up over what leaves it: 1, 2 or 4 as published, by the spines.
double oversubscription(const FatTree &spec);
inline constexpr FatTree kFatTree256{2, 16, 8, 2, 16};
inline constexpr FatTree kFatTree6144{8, 48, 16, 4, 24};

struct LeafSpine {
  std::size_t leaves = 2, spines = 4, hosts = 8;  // hosts of a leaf
  double host_rate = 10, fabric_rate = 40;
  std::int64_t delay_ns = 1000;
};

// A row of n - 2 switches with the hosts 0 and n - 1 at its ends. What comes or leaves on the way has a host for that
// at each switch, with a link that never holds it back: m3's paths of n - 1 links, its topo-pl-3, -5 and -7.
struct ParkingLot {
  std::size_t hosts = 3;  // 3, 5 or 7
  double host_rate = 10, fabric_rate = 40;
};

Topology fat_tree(const FatTree &spec);
Topology leaf_spine(const LeafSpine &spec);
Topology parking_lot(const ParkingLot &spec);

// A cluster as m3, m4 and Parsimon write it, {"planes", "pods", ...}, with its racks.
struct Cluster {
  Topology topology;
  std::vector<std::vector<NodeId>> racks;  // hosts of each, pod by pod
};
// Error naming file and field.
Cluster read_cluster(const std::string &file);
// Hosts by the switch that they hang on, in the order of the switches.
std::vector<std::vector<NodeId>> racks_of(const Topology &topology);

}  // namespace liteflow::sim
