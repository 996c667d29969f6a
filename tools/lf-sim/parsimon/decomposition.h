// SPDX-License-Identifier: GPL-2.0
// Decomposition: of a network with its flows, one link with those that use it (Parsimon, section 3.2).
//
// Sources keep their own link, whose rate bounds what they can send at once, and flows their round-trip time; links
// behind are delay alone. Rates are less what the ACKs of the opposite direction's flows take of them on average.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "tools/lf-sim/net/flows.h"
#include "tools/lf-sim/net/routing.h"
#include "tools/lf-sim/net/topology.h"
#include "tools/lf-sim/net/wire.h"
#include "tools/lf-sim/parsimon/alone.h"
#include "tools/lf-sim/parsimon/link_simulation.h"

namespace liteflow::sim::parsimon {

// Of every link.
struct Queues {
  double mark_bytes = 30e3;     // > 0; infinity: nothing is marked
  double mark_rate = 10;        // bits/ns of a link that this is for; in proportion on others. 0: the same on all
  double buffer_bytes = 400e3;  // at least a full packet
};

class Decomposition {
 public:
  // Keeps references. flows by start. Throws Error for what does not fit together.
  Decomposition(const Topology &topology, const std::vector<Flow> &flows, const std::vector<Route> &routes,
                const Wire &wire, const Queues &queues, std::uint32_t ack_bytes);

  std::size_t links() const { return ends_.size() - 1; }
  // Flows that use a link, by start.
  std::span<const std::uint32_t> users(LinkId link) const {
    return {users_.data() + ends_[link], users_.data() + ends_[link + 1]};
  }
  // Bits/ns of a link less the ACKs.
  double rate(LinkId link) const { return rates_[link]; }
  // That it is the sources' own: links that start at a host are.
  bool is_first(LinkId link) const { return !topology_.is_switch(topology_.link(link).from); }
  bool is_last(LinkId link) const { return !topology_.is_switch(topology_.link(link).to); }
  // Packets that use a link.
  std::uint64_t packets(LinkId link) const { return packets_[link]; }

  LinkSpec spec(LinkId link) const;
  // What bounds a flow that is alone in the network: its first link and the slowest of the others, at their full rates.
  Pipe pipe(std::size_t flow) const;

 private:
  void check() const;
  PortSpec port(LinkId link) const;
  Pipe pipe(const Route &route, std::size_t hop) const;

  const Topology &topology_;
  const std::vector<Flow> &flows_;
  const std::vector<Route> &routes_;
  const Wire wire_;
  const Queues queues_;
  double ack_bits_;
  std::vector<std::size_t> ends_;     // of each link's users, with 0 before
  std::vector<std::uint32_t> users_;  // indices of flows
  std::vector<std::uint64_t> packets_;
  std::vector<double> rates_;
};

}  // namespace liteflow::sim::parsimon
