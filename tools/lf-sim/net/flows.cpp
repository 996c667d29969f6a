// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/net/flows.h"

#include <fmt/core.h>

#include <cmath>
#include <iterator>

#include "daemon/training/file.h"
#include "tools/lf-sim/net/lines.h"

namespace liteflow::sim {

namespace {

constexpr double kSecondsMost = 1e6;

NodeId read_host(Lines &lines, std::string_view what, const Topology &topology) {
  const std::uint64_t node = lines.whole(what);
  if (node >= topology.nodes() || topology.is_switch(static_cast<NodeId>(node)))
    lines.fail(fmt::format("{} is node {}, which is no host of the topology", what, node));
  return static_cast<NodeId>(node);
}

// Seconds as they are written, in whole nanoseconds.
std::int64_t read_start(Lines &lines) {
  const double seconds = lines.real("the start");
  const std::int64_t start_ns = seconds <= kSecondsMost ? std::llround(seconds * 1e9) - kFileBegin_ns : -1;
  if (start_ns < 0) lines.fail("the start is out of range: time in files goes from 1 s to 10^6 s");
  return start_ns;
}

Flow read_flow(Lines &lines, const Topology &topology) {
  Flow flow;
  flow.id = lines.whole("the id");
  const HostPair pair = read_pair(lines, topology);
  flow.source = pair.source;
  flow.destination = pair.destination;
  lines.whole("the priority group");
  lines.whole("the port");
  flow.bytes = read_bytes(lines);
  flow.start_ns = read_start(lines);
  lines.end();
  return flow;
}

}  // namespace

HostPair read_pair(Lines &lines, const Topology &topology) {
  const NodeId source = read_host(lines, "the source", topology);
  const NodeId destination = read_host(lines, "the destination", topology);
  if (source == destination) lines.fail("source and destination are the same host");
  return {source, destination};
}

std::uint64_t read_bytes(Lines &lines) {
  const std::uint64_t bytes = lines.whole("the size");
  if (bytes == 0) lines.fail("the size is 0: at least one byte is sent");
  return bytes;
}

std::vector<Flow> read_flows(const std::string &file, const Topology &topology) {
  Lines lines(file);
  lines.need("the number of flows");
  const std::uint64_t count = lines.whole("the number of flows");
  lines.end();
  std::vector<Flow> flows;
  for (std::uint64_t i = 0; i < count; i++) {
    lines.need(fmt::format("flow {} of {}", i + 1, count));
    const Flow flow = read_flow(lines, topology);
    if (!flows.empty() && flow.start_ns < flows.back().start_ns)
      lines.fail("the start is before that of the line above: sort the lines by it");
    flows.push_back(flow);
  }
  if (lines.next()) lines.fail(fmt::format("more than the {} flows of line 1", count));
  return flows;
}

void write_flows(const std::string &file, const std::vector<Flow> &flows) {
  std::string text = fmt::format("{}\n", flows.size());
  for (const Flow &flow : flows) {
    const std::int64_t start_ns = flow.start_ns + kFileBegin_ns;
    fmt::format_to(std::back_inserter(text), "{} {} {} 3 100 {} {}.{:09}\n", flow.id, flow.source, flow.destination,
                   flow.bytes, start_ns / 1'000'000'000, start_ns % 1'000'000'000);
  }
  write_file(file, text);
}

}  // namespace liteflow::sim
