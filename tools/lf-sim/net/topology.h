// SPDX-License-Identifier: GPL-2.0
// Topology: hosts, switches and the directed links between them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace liteflow::sim {

using NodeId = std::uint32_t;
using LinkId = std::uint32_t;  // of one direction

struct Link {
  NodeId from = 0, to = 0;
  double rate = 0;            // bits per ns (Gbit/s), > 0
  std::int64_t delay_ns = 0;  // propagation, >= 0
};

// Cables come in pairs of links: 2k goes from a to b, 2k + 1 back. Immutable but for
// add_cable() and set_rate().
class Topology {
 public:
  explicit Topology(std::size_t nodes = 0) : switches_(nodes, false), out_(nodes) {}

  // Both directions; the first one's id. Throws Error if a node is unknown, a == b or a value is out of range.
  LinkId add_cable(NodeId a, NodeId b, double rate, std::int64_t delay_ns);
  void set_switch(NodeId node) { switches_.at(node) = true; }
  // Of both directions of the cable that the link is of: a degraded or a failed (0 is refused) link.
  void set_rate(LinkId link, double rate);

  std::size_t nodes() const { return switches_.size(); }
  bool is_switch(NodeId node) const { return switches_[node]; }
  std::vector<NodeId> hosts() const;
  const std::vector<Link> &links() const { return links_; }
  const Link &link(LinkId id) const { return links_[id]; }
  std::vector<double> rates() const;  // of the links
  // Links that leave a node, in the order of their cables.
  const std::vector<LinkId> &out(NodeId node) const { return out_[node]; }
  static LinkId reverse(LinkId link) { return link ^ 1U; }

 private:
  std::vector<bool> switches_;
  std::vector<Link> links_;
  std::vector<std::vector<LinkId>> out_;
};

// The published format:
//   NODES SWITCHES CABLES
//   ids of the switches, separated by blanks
//   A B RATE DELAY ERROR        for each cable; RATE 10Gbps, 100Mbps or 10000000000bps, DELAY 1000ns, 1us or 0.001ms
// ERROR must be 0: no engine here loses at random. Throws Error with file and line.
Topology read_topology(const std::string &file);
// To a temporary file first. The same topology gives the same bytes.
void write_topology(const std::string &file, const Topology &topology);

}  // namespace liteflow::sim
