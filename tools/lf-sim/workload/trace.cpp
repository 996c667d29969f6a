// SPDX-License-Identifier: GPL-2.0
// Flows of a trace in CSV.
#include <fmt/core.h>

#include <algorithm>

#include "tools/lf-sim/net/lines.h"
#include "tools/lf-sim/workload/workload.h"

namespace liteflow::sim {

namespace {

Flow read_line(Lines &lines, const Topology &topology) {
  Flow flow;
  flow.id = lines.whole("the id");
  const HostPair pair = read_pair(lines, topology);
  flow.source = pair.source;
  flow.destination = pair.destination;
  flow.bytes = read_bytes(lines);
  flow.start_ns = lines.integer("the start");
  lines.end();
  return flow;
}

}  // namespace

std::vector<Flow> read_trace(const std::string &file, const Topology &topology) {
  Lines lines(file, Lines::kBlanksAndCommas);
  std::vector<Flow> flows;
  while (lines.next()) {
    const bool heading = flows.empty() && lines.rest().find_first_of("0123456789") == std::string_view::npos;
    if (!heading) flows.push_back(read_line(lines, topology));
  }
  if (flows.empty()) throw Error(fmt::format("{}: no flows", file));
  const auto earlier = [](const Flow &a, const Flow &b) { return a.start_ns < b.start_ns; };
  std::stable_sort(flows.begin(), flows.end(), earlier);
  for (const std::int64_t first = flows.front().start_ns; Flow &flow : flows) flow.start_ns -= first;
  return flows;
}

}  // namespace liteflow::sim
