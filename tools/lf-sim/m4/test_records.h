// SPDX-License-Identifier: GPL-2.0
// What the tests of this folder share: small networks, made-up weights and records.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <tuple>
#include <vector>

#include "daemon/training/rng.h"
#include "tools/lf-sim/flowsim/flowsim.h"
#include "tools/lf-sim/m4/parameters.h"
#include "tools/lf-sim/m4/record.h"
#include "tools/lf-sim/m4/weights.h"
#include "tools/lf-sim/net/fabrics.h"
#include "tools/lf-sim/net/routing.h"
#include "tools/lf-sim/net/wire.h"

namespace liteflow::sim::m4 {

inline constexpr Shape kSmall{8, 12, 1, 0};

inline Weights random_weights(const Shape &shape, std::uint64_t seed = 1, double size = 0.4) {
  Rng rng(seed);
  Weights w{shape, {}};
  for (const Part &p : parts_of(shape)) {
    auto &values = w.values.emplace_back(p.size());
    for (float &v : values) v = static_cast<float>(rng.uniform(-size, size));
  }
  return w;
}

// Between any two hosts, a flow each so many ns on average.
inline std::vector<Flow> random_flows(const Topology &topology, std::size_t count, double gap_ns, std::uint64_t seed) {
  Rng rng(seed);
  const auto hosts = topology.hosts();
  std::vector<Flow> flows;
  double time = 0;
  for (std::size_t i = 0; i < count; i++) {
    time += rng.exponential(gap_ns);
    const std::size_t from = rng.below(hosts.size()), to = (from + 1 + rng.below(hosts.size() - 1)) % hosts.size();
    flows.push_back({.id = i,
                     .source = hosts[from],
                     .destination = hosts[to],
                     .bytes = static_cast<std::uint64_t>(rng.log_uniform(100, 1e6)),
                     .start_ns = static_cast<std::int64_t>(time)});
  }
  return flows;
}

// What flowSim says, propagation and the first packet's hops included.
inline std::vector<Completion> fluid_completions(const Topology &topology, const std::vector<Flow> &flows,
                                                 const std::vector<Route> &routes) {
  std::vector<FluidFlow> fluid;
  for (std::size_t i = 0; i < flows.size(); i++)
    fluid.push_back({static_cast<double>(flows[i].start_ns), wire_bits({}, flows[i].bytes), routes[i]});
  const auto run = flowsim_fast(topology.rates(), fluid, std::numeric_limits<double>::infinity());
  std::vector<Completion> all;
  for (std::size_t i = 0; i < flows.size(); i++) {
    double slowest = std::numeric_limits<double>::infinity();
    for (const LinkId id : routes[i]) slowest = std::min(slowest, topology.link(id).rate);
    const double ideal = ideal_ns({}, topology, routes[i], flows[i].bytes);
    all.push_back({run.fct_ns[i] + ideal - fluid[i].bits / slowest, ideal});
  }
  return all;
}

// Flows on a leaf-spine fabric that slow down more than fluid ones, the shorter the more: what a network can learn.
inline Record made_up_record(std::uint64_t seed, std::size_t flows = 200, double gap_ns = 20000) {
  const Topology topology = leaf_spine({.leaves = 2, .spines = 2, .hosts = 4});
  const auto all = random_flows(topology, flows, gap_ns, seed);
  const auto routes = routes_of(topology, all);
  auto truth = fluid_completions(topology, all, routes);
  for (std::size_t i = 0; i < flows; i++) {
    const double short_one = all[i].bytes < 20000 ? 1.5 : 0.3;
    truth[i].fct_ns += truth[i].ideal_ns * short_one * std::log(truth[i].slowdown()) + 0.4 * truth[i].ideal_ns;
  }
  return record_of("made up", topology, all, routes, truth, {}, parameters_of({}));
}

// Flows given by hand on links of 10 bits/ns without delay: links, start and end in ns.
inline Record record_by_hand(std::size_t links,
                             const std::vector<std::tuple<std::vector<LinkId>, double, double>> &flows) {
  Record r{.name = "by hand",
           .rates = std::vector<double>(links, 10),
           .flows = {},
           .parameters = parameters_of({}),
           .sights = {}};
  for (const auto &[route, start, end] : flows)
    r.flows.push_back({.links = route, .bytes = 1000, .bits = 8000, .start_ns = start, .fct_ns = end - start,
                       .ideal_ns = 800});
  return r;
}

}  // namespace liteflow::sim::m4
