// SPDX-License-Identifier: GPL-2.0
// Small networks and flows for tests.
#pragma once

#include <cstdint>
#include <vector>

#include "daemon/training/rng.h"
#include "tools/lf-sim/net/fabrics.h"
#include "tools/lf-sim/net/routing.h"
#include "tools/lf-sim/truth/truth.h"

namespace liteflow::sim {

// So many hosts at one switch: links of 10 Gbit/s and 1 us.
inline Topology star(NodeId hosts) {
  Topology t(hosts + 1U);
  t.set_switch(hosts);
  for (NodeId host = 0; host < hosts; host++) t.add_cable(host, hosts, 10, 1000);
  return t;
}

inline TruthRun run_of(const Topology &topology, const std::vector<Flow> &flows, const TcpSettings &settings = {},
                       const std::string &trace = "") {
  return run_truth(topology, flows, routes_of(topology, flows), settings, trace);
}

// Between any hosts, of 100 bytes to 20 kB, one each so many ns on average.
inline std::vector<Flow> random_flows(const Topology &topology, std::size_t count, double gap_ns, std::uint64_t seed) {
  const std::vector<NodeId> hosts = topology.hosts();
  Rng rng(seed);
  std::vector<Flow> flows;
  double time = 0;
  for (std::size_t i = 0; i < count; i++) {
    time += rng.exponential(gap_ns);
    const NodeId source = hosts[rng.below(hosts.size())];
    NodeId destination = source;
    while (destination == source) destination = hosts[rng.below(hosts.size())];
    flows.push_back({i, source, destination, static_cast<std::uint64_t>(rng.log_uniform(100, 20'000)),
                     static_cast<std::int64_t>(time)});
  }
  return flows;
}

}  // namespace liteflow::sim
