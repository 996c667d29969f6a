// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/net/topology.h"

#include <fmt/core.h>

#include <cmath>

#include "codegen/error.h"

namespace liteflow::sim {

namespace {

void check_rate(double rate) {
  if (!(rate > 0) || !std::isfinite(rate))
    throw Error(fmt::format("a link's rate is {} Gbit/s: it must be above 0", rate));
}

}  // namespace

LinkId Topology::add_cable(NodeId a, NodeId b, double rate, std::int64_t delay_ns) {
  for (const NodeId node : {a, b})
    if (node >= nodes()) throw Error(fmt::format("node {} is none of the {} from 0 on", node, nodes()));
  if (a == b) throw Error(fmt::format("a cable goes from node {} to itself", a));
  check_rate(rate);
  if (delay_ns < 0) throw Error(fmt::format("a link's delay is {} ns: it must not be below 0", delay_ns));
  const auto id = static_cast<LinkId>(links_.size());
  links_.push_back({a, b, rate, delay_ns});
  links_.push_back({b, a, rate, delay_ns});
  out_[a].push_back(id);
  out_[b].push_back(id + 1);
  return id;
}

void Topology::set_rate(LinkId link, double rate) {
  check_rate(rate);
  links_.at(link).rate = rate;
  links_.at(reverse(link)).rate = rate;
}

std::vector<NodeId> Topology::hosts() const {
  std::vector<NodeId> hosts;
  for (NodeId node = 0; node < nodes(); node++)
    if (!is_switch(node)) hosts.push_back(node);
  return hosts;
}

std::vector<double> Topology::rates() const {
  std::vector<double> rates;
  rates.reserve(links_.size());
  for (const Link &link : links_) rates.push_back(link.rate);
  return rates;
}

}  // namespace liteflow::sim
