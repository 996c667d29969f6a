// SPDX-License-Identifier: GPL-2.0
// Routing: shortest paths by hops; of equal ones, a hash of the flow takes one, hop by hop, as ECMP does.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "tools/lf-sim/net/flows.h"
#include "tools/lf-sim/net/topology.h"

namespace liteflow::sim {

using Route = std::vector<LinkId>;  // from the source to the destination

class Ecmp {
 public:
  // Keeps a reference. Hosts forward nothing: a path goes over switches only.
  explicit Ecmp(const Topology &topology) : topology_(topology), hops_(topology.nodes()) {}

  // The link by which a flow leaves a node towards its destination; key: key_of(). Error if there is no way.
  LinkId next(NodeId node, NodeId destination, std::uint64_t key);
  Route route(NodeId source, NodeId destination, std::uint64_t key);

  // What is expected of hashes: `sent`, by node, goes to a destination, in even parts over the ways at each hop. Adds
  // to loads, by link, what crosses each.
  void spread(NodeId destination, std::vector<double> sent, std::vector<double> &loads);

 private:
  using Hops = std::vector<std::uint16_t>;  // of each node to another
  NodeId gate(NodeId destination) const;
  const Hops &hops_to(NodeId gate);
  bool leads(LinkId link, const Hops &hops, NodeId gate) const;

  const Topology &topology_;
  std::vector<Hops> hops_;  // by gate, empty until asked for
};

// What ECMP hashes: the pair, and the how-many-eth flow of the pair it is (its source port is 10000 + that).
std::uint64_t key_of(NodeId source, NodeId destination, std::uint32_t number);
// Numbers of flows as they come: of each pair's, how many were before.
class PairNumbers {
 public:
  std::uint32_t next(const Flow &flow) {
    return seen_[static_cast<std::uint64_t>(flow.source) << 32U | flow.destination]++;
  }
  // The key of the next flow of a pair.
  std::uint64_t next_key(const Flow &flow) { return key_of(flow.source, flow.destination, next(flow)); }

 private:
  std::unordered_map<std::uint64_t, std::uint32_t> seen_;
};
// Of each flow, in the order given.
std::vector<std::uint32_t> numbers_of_pairs(const std::vector<Flow> &flows);
// The route of each flow.
std::vector<Route> routes_of(const Topology &topology, const std::vector<Flow> &flows);

}  // namespace liteflow::sim
