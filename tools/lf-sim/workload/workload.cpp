// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/workload/workload.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "codegen/error.h"

namespace liteflow::sim {

namespace {

constexpr std::size_t kFlowsMost = 100'000'000;

// Nanoseconds that the fullest link needs, at its rate, for its share of the flows' bits.
double busiest_ns(const Topology &topology, const std::vector<double> &shares, const std::vector<Flow> &flows,
                  const Wire &wire) {
  double bits = 0, most = 0;
  for (const Flow &flow : flows) bits += wire_bits(wire, flow.bytes);
  for (LinkId link = 0; link < shares.size(); link++) most = std::max(most, shares[link] / topology.link(link).rate);
  return most * bits;
}

// Of the flows that a matrix draws, what share crosses each link on average. Error if it has none for other hosts.
std::vector<double> shares_of(const Topology &topology, const std::vector<std::vector<NodeId>> &racks,
                              const TrafficMatrix &matrix) {
  std::vector<double> shares(topology.links().size());
  double total = 0;
  Ecmp ecmp(topology);
  for (std::size_t to = 0; to < racks.size(); to++) {
    std::vector<double> sent(topology.nodes());
    for (std::size_t from = 0; from < racks.size(); from++)
      for (const NodeId host : racks[from])
        sent[host] = matrix.weight(from, to) / static_cast<double>(racks[from].size() * racks[to].size());
    const double all = std::accumulate(sent.begin(), sent.end(), 0.0);
    if (all == 0) continue;
    for (const NodeId host : racks[to]) {
      ecmp.spread(host, sent, shares);
      total += all - sent[host];
    }
  }
  if (total <= 0) throw Error("the traffic matrix has hosts send to themselves only");
  for (double &share : shares) share /= total;
  return shares;
}

// Starts with log-normal gaps that come to the time in all.
void set_starts(std::vector<Flow> &flows, double time_ns, double sigma, Rng &rng) {
  std::vector<double> at;
  double sum = 0;
  for (std::size_t i = 0; i < flows.size(); i++) {
    at.push_back(sum);
    sum += std::exp(sigma * rng.normal());
  }
  for (std::size_t i = 0; i < flows.size(); i++) {
    flows[i].id = i;
    flows[i].start_ns = std::llround(at[i] / sum * time_ns);
  }
}

NodeId draw_host(const std::vector<NodeId> &rack, Rng &rng) { return rack[rng.below(rack.size())]; }

struct Pair {
  NodeId source = 0, destination = 0;
  double weight = 0, sum = 0;  // of the weights up to this one's
};

std::vector<double> shares_of(const Topology &lot, const std::vector<Pair> &pairs) {
  std::vector<double> shares(lot.links().size());
  Ecmp ecmp(lot);
  for (const Pair &pair : pairs) {
    std::vector<double> sent(lot.nodes());
    sent[pair.source] = pair.weight / pairs.back().sum;
    ecmp.spread(pair.destination, std::move(sent), shares);
  }
  return shares;
}

std::vector<Pair> draw_pairs(NodeId hosts, Rng &rng) {
  std::vector<Pair> others;
  for (NodeId from = 0; from < hosts; from++)
    for (NodeId to = from + 1; to < hosts; to++)
      if (from != 0 || to != hosts - 1) others.push_back({from, to});
  const std::size_t wanted = 1 + rng.below(others.size());
  for (std::size_t i = 0; i < wanted; i++) std::swap(others[i], others[i + rng.below(others.size() - i)]);
  others.resize(wanted);
  others.insert(others.begin(), {0, hosts - 1});
  double sum = 0;
  for (Pair &pair : others) {
    pair.weight = rng.uniform(0.05, 1);
    pair.sum = sum += pair.weight;
  }
  return others;
}

}  // namespace

void check(const Traffic &traffic) {
  if (traffic.flows == 0 || traffic.flows > kFlowsMost)
    throw Error(fmt::format("flows: {}: give 1 to {}", traffic.flows, kFlowsMost));
  if (!(traffic.load > 0 && traffic.load < 1))
    throw Error(fmt::format("load: {}: give more than 0 and less than 1", traffic.load));
  if (!(traffic.sigma >= 0 && traffic.sigma <= 5)) throw Error(fmt::format("sigma: {}: give 0 to 5", traffic.sigma));
}

std::vector<Flow> make_workload(const Topology &topology, const std::vector<std::vector<NodeId>> &racks,
                                const TrafficMatrix &matrix, const Distribution &sizes, const Traffic &traffic) {
  check(traffic);
  if (matrix.racks() != racks.size())
    throw Error(fmt::format("a traffic matrix of {} racks, but the topology has {}", matrix.racks(), racks.size()));
  const std::size_t hosts = topology.hosts().size();
  if (hosts < 2) throw Error("the topology has less than two hosts");
  const std::vector<double> shares = shares_of(topology, racks, matrix);
  Rng rng(traffic.seed);
  std::vector<Flow> flows;
  while (flows.size() < traffic.flows) {
    const auto [from, to] = matrix.draw(rng);
    const NodeId source = draw_host(racks[from], rng), destination = draw_host(racks[to], rng);
    if (source != destination) flows.push_back({0, source, destination, sizes.draw(rng), 0});
  }
  set_starts(flows, busiest_ns(topology, shares, flows, traffic.wire) / traffic.load, traffic.sigma, rng);
  return flows;
}

std::vector<Flow> make_path_workload(const Topology &lot, std::size_t foreground, const Distribution &sizes,
                                     const Traffic &traffic) {
  check(traffic);
  if (foreground == 0 || foreground > kFlowsMost)
    throw Error(fmt::format("foreground: {}: give 1 to {}", foreground, kFlowsMost));
  const auto hosts = static_cast<NodeId>(lot.hosts().size());
  if (hosts < 3) throw Error("a path has three hosts at least");
  Rng rng(traffic.seed);
  const std::vector<Pair> pairs = draw_pairs(hosts, rng);
  std::vector<Flow> flows;
  std::size_t found = 0;
  while (found < foreground) {
    const double at = rng.uniform(0, pairs.back().sum);
    const auto pair = std::find_if(pairs.begin(), pairs.end() - 1, [&](const Pair &p) { return at < p.sum; });
    flows.push_back({0, pair->source, pair->destination, sizes.draw(rng), 0});
    found += pair == pairs.begin();
  }
  set_starts(flows, busiest_ns(lot, shares_of(lot, pairs), flows, traffic.wire) / traffic.load, traffic.sigma, rng);
  return flows;
}

}  // namespace liteflow::sim
