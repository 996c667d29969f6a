// SPDX-License-Identifier: GPL-2.0
// What the tests of this folder share: small networks, lots and records.
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "daemon/training/rng.h"
#include "tools/lf-sim/m3/paths.h"
#include "tools/lf-sim/m3/record.h"
#include "tools/lf-sim/net/fabrics.h"
#include "tools/lf-sim/net/topology.h"

namespace liteflow::sim::m3 {

// The published lot's path: 10 Gbit/s at the ends, 40 within, 1 us each.
inline Lot published_lot(std::size_t links) {
  std::vector<Link> all;
  for (std::uint32_t i = 0; i < links; i++) all.push_back({i, i + 1, i == 0 || i + 1 == links ? 10.0 : 40.0, 1000});
  return empty_lot(all);
}

inline Part part_of(std::uint32_t first, std::uint32_t last, std::uint64_t bytes, double start_ns = 0) {
  return {0, first, last, bytes, start_ns};
}

// Hosts 0 to 3, two under each of the leaves 4 and 5, which the spines 6 and 7 connect.
inline Topology small_fabric() { return leaf_spine({.leaves = 2, .spines = 2, .hosts = 2}); }

inline Route route_over(const Topology &t, const std::vector<NodeId> &nodes) {
  Route route;
  for (std::size_t i = 1; i < nodes.size(); i++)
    for (const LinkId link : t.out(nodes[i - 1]))
      if (t.link(link).to == nodes[i]) route.push_back(link);
  return route;
}

// A path whose flows slow down the more, the busier it is, and in truth by the square of what flowSim says for flows of
// 10 kB and more: what a network can learn.
inline Record made_up_record(std::uint64_t seed, std::size_t flows = 300) {
  Rng rng(seed);
  Record r;
  r.name = "made up";
  r.links = 2 + 2 * rng.below(2);
  r.parameters.assign(size_of(Layout::tcp), 0.5F);
  const double busy = rng.uniform(0.2, 1.5);
  for (std::uint32_t i = 0; i < flows; i++) {
    Seen s{.slowdown = 1 + rng.exponential(busy),
           .bytes = static_cast<std::uint64_t>(rng.log_uniform(100, 1e6)),
           .first = 0,
           .last = static_cast<std::uint32_t>(r.links),
           .part = i,
           .foreground = i % 3 == 0};
    if (!s.foreground) s.last = static_cast<std::uint32_t>(1 + rng.below(r.links - 1));
    r.seen.push_back(s);
    if (!s.foreground) continue;
    r.foreground.push_back(i);
    if (s.bytes >= 10000) s.slowdown *= s.slowdown;
    r.truth.push_back(s);
  }
  sort(r.seen);
  sort(r.truth);
  return r;
}

}  // namespace liteflow::sim::m3
