// SPDX-License-Identifier: GPL-2.0
// Topologies in files: their rates and delays have units.
#include <fmt/core.h>

#include <charconv>
#include <cmath>
#include <iterator>
#include <utility>

#include "daemon/training/file.h"
#include "tools/lf-sim/net/lines.h"
#include "tools/lf-sim/net/topology.h"

namespace liteflow::sim {

namespace {

struct Unit {
  std::string_view name;
  double scale = 1;
};

constexpr Unit kRates[] = {{"Gbps", 1}, {"Mbps", 1e-3}, {"Kbps", 1e-6}, {"bps", 1e-9}};
constexpr Unit kDelays[] = {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}};
constexpr std::uint64_t kNodesMost = 1U << 24U;

// Of a number with one of the units, the longer of which come first.
template <std::size_t N>
double measure(Lines &lines, std::string_view what, const Unit (&units)[N], const char *example) {
  const std::string_view text = lines.word(what);
  double value = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  if (status == std::errc() && std::isfinite(value))
    for (const Unit &known : units)
      if (unit == known.name) return value * known.scale;
  lines.fail(fmt::format("{} is '{}': write it like {}", what, text, example));
}

NodeId read_node(Lines &lines, std::string_view what, std::uint64_t nodes) {
  const std::uint64_t node = lines.whole(what);
  if (node >= nodes) lines.fail(fmt::format("{} is {}: nodes are 0 to {}", what, node, nodes - 1));
  return static_cast<NodeId>(node);
}

void read_cable(Lines &lines, Topology &topology) {
  const NodeId a = read_node(lines, "node a", topology.nodes()), b = read_node(lines, "node b", topology.nodes());
  const double rate = measure(lines, "the rate", kRates, "10Gbps");
  const double delay = measure(lines, "the delay", kDelays, "1000ns");
  if (lines.real("the error rate") != 0) lines.fail("the error rate is not 0: no engine loses at random");
  lines.end();
  if (delay < 0 || delay > 1e12) lines.fail("the delay is out of range: 0 to 1000 s");
  try {
    topology.add_cable(a, b, rate, std::llround(delay));
  } catch (const Error &error) {
    lines.fail(error.what());
  }
}

// Exact: bits per second are whole.
std::string rate_text(double rate) { return fmt::format("{}bps", std::llround(rate * 1e9)); }

}  // namespace

Topology read_topology(const std::string &file) {
  Lines lines(file);
  lines.need("the number of nodes");
  const std::uint64_t nodes = lines.whole("the number of nodes"), switches = lines.whole("the number of switches"),
                      cables = lines.whole("the number of cables");
  lines.end();
  if (nodes > kNodesMost) lines.fail(fmt::format("{} nodes: at most {}", nodes, kNodesMost));
  if (switches > nodes) lines.fail(fmt::format("{} switches of {} nodes", switches, nodes));
  Topology topology(nodes);
  if (switches > 0) {
    lines.need("the switches");
    for (std::uint64_t i = 0; i < switches; i++) {
      const NodeId node = read_node(lines, "a switch", nodes);
      if (topology.is_switch(node)) lines.fail(fmt::format("switch {} stands here twice", node));
      topology.set_switch(node);
    }
    lines.end();
  }
  for (std::uint64_t i = 0; i < cables; i++) {
    lines.need(fmt::format("cable {} of {}", i + 1, cables));
    read_cable(lines, topology);
  }
  if (lines.next()) lines.fail(fmt::format("more than the {} cables of line 1", cables));
  return topology;
}

void write_topology(const std::string &file, const Topology &topology) {
  std::string switches;
  std::size_t count = 0;
  for (NodeId node = 0; node < topology.nodes(); node++) {
    if (!topology.is_switch(node)) continue;
    fmt::format_to(std::back_inserter(switches), "{}{}", count++ > 0 ? " " : "", node);
  }
  std::string text = fmt::format("{} {} {}\n", topology.nodes(), count, topology.links().size() / 2);
  if (count > 0) text += switches + "\n";
  for (LinkId id = 0; id < topology.links().size(); id += 2) {
    const Link &link = topology.link(id);
    fmt::format_to(std::back_inserter(text), "{} {} {} {}ns 0\n", link.from, link.to, rate_text(link.rate),
                   link.delay_ns);
  }
  write_file(file, text);
}

}  // namespace liteflow::sim
