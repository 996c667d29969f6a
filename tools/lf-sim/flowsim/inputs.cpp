// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/flowsim/inputs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "codegen/error.h"

namespace liteflow::sim {

namespace {

void check_route(std::size_t flow, const std::vector<LinkId> &route, std::size_t links) {
  if (route.empty()) throw Error(fmt::format("flow {}: no route: leave it out, it takes no time", flow));
  for (std::size_t i = 0; i < route.size(); i++) {
    if (route[i] >= links) throw Error(fmt::format("flow {}: link {}: there are {}", flow, route[i], links));
    if (std::find(route.begin(), route.begin() + static_cast<std::ptrdiff_t>(i), route[i]) !=
        route.begin() + static_cast<std::ptrdiff_t>(i))
      throw Error(fmt::format("flow {}: link {} twice: give a route without loops", flow, route[i]));
  }
}

}  // namespace

void check_inputs(const std::vector<double> &rates, const std::vector<FluidFlow> &flows, double cap) {
  if (!(cap > 0)) throw Error(fmt::format("cap {}: give more than 0 bits/ns", cap));
  for (std::size_t i = 0; i < rates.size(); i++)
    if (!(rates[i] > 0 && std::isfinite(rates[i])))
      throw Error(fmt::format("link {}: rate {}: give more than 0 bits/ns", i, rates[i]));
  for (std::size_t i = 0; i < flows.size(); i++) {
    if (!(flows[i].bits > 0 && std::isfinite(flows[i].bits)))
      throw Error(fmt::format("flow {}: {} bits: give more than 0", i, flows[i].bits));
    if (!std::isfinite(flows[i].start_ns) || (i > 0 && flows[i].start_ns < flows[i - 1].start_ns))
      throw Error(fmt::format("flow {}: start {} ns goes back: sort the flows by it", i, flows[i].start_ns));
    check_route(i, flows[i].route, rates.size());
  }
}

}  // namespace liteflow::sim
