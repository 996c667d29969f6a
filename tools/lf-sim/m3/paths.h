// SPDX-License-Identifier: GPL-2.0
// Paths: a network's flows as single paths see them (m3, section 3.1).
//
// A path is a route that flows take, from a host to a host. Its lot (a parking lot: one road, with entries and exits)
// is the path's links in a row with nodes 0 to n - 1 between them, and the flows that use any: the path's own from
// node 0 to node n - 1 in the foreground, every other one as background from where it comes to where it leaves.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "tools/lf-sim/net/flows.h"
#include "tools/lf-sim/net/routing.h"
#include "tools/lf-sim/net/topology.h"

namespace liteflow::sim::m3 {

// What a lot holds of a flow. One that leaves the path and comes back makes several, each with all of its bytes.
struct Part {
  std::size_t flow = 0;               // its index in the network
  std::uint32_t first = 0, last = 0;  // nodes where it comes and leaves: it uses the links [first, last)
  std::uint64_t bytes = 0;
  double start_ns = 0;
};

struct Lot {
  std::vector<Link> links;  // link i goes from node i to node i + 1
  std::vector<Part> parts;  // in the order of the flows
  double cap = 0;           // bits/ns that no flow exceeds: of the faster one of the hosts' links, which the ends are

  std::size_t nodes() const { return links.size() + 1; }
  // Only the path's own flows use all links: a route comes to a node once.
  bool foreground(const Part &part) const { return part.first == 0 && part.last == links.size(); }
};

// Of a path with these links, without flows.
Lot empty_lot(const std::vector<Link> &links);

struct SampledPath {
  std::size_t flow = 0;   // one that takes it
  std::size_t count = 0;  // how often it was drawn, >= 1
};

class Paths {
 public:
  // Keeps references. routes: of each flow, none empty. Error if there are no flows.
  Paths(const Topology &topology, const std::vector<Flow> &flows, const std::vector<Route> &routes);

  // So many draws with replacement, each path with a chance in proportion to its flows; every path once, in the
  // order in which they were drawn first. The same seed draws the same.
  std::vector<SampledPath> sample(std::size_t draws, std::uint64_t seed) const;

  // Safe in several threads at once.
  Lot lot(const Route &path) const;

 private:
  const Topology &topology_;
  const std::vector<Flow> &flows_;
  const std::vector<Route> &routes_;
  // Flows by link: those of link l are users_[ends_[l] .. ends_[l + 1]), in their order.
  std::vector<std::size_t> ends_;
  std::vector<std::uint32_t> users_;
};

}  // namespace liteflow::sim::m3
