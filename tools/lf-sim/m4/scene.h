// SPDX-License-Identifier: GPL-2.0
// Scene: the graph of active flows and of the links that they use, and what an event touches of it.
//
// Training and inference both see a network through this, so that they see the same.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "tools/lf-sim/m4/outlook.h"
#include "tools/lf-sim/m4/shape.h"
#include "tools/lf-sim/net/topology.h"

namespace liteflow::sim::m4 {

// Of an active flow; free again when it has left.
using Slot = std::uint32_t;

// A flow that comes.
struct Arrival {
  std::span<const LinkId> links;  // its route, at least one, each once
  double bytes = 0;
  double bits = 0;      // with headers
  double ideal_ns = 0;  // alone on its route
};

// What an event has touched: flows and links, the edges between them, and what the network is told of them.
struct Touch {
  std::vector<Slot> flows;
  std::vector<LinkId> links;
  // Flow edge_flow[i] uses link edge_link[i]; indices into the two above, by link. All flows of a touched link are
  // touched.
  std::vector<std::uint32_t> edge_flow, edge_link;
  // Row-major, Shape's number of columns:
  //   flows: time since the last touch, size, links; fluid: share of its slowest link's rate, share of its bits that
  //          is left, slowdown if nothing changes, slowdown if it ended now, ideal time
  //   links: time since the last touch, rate, active flows; fluid: load
  // Logarithms but for shares and the number of links, all of the order of 1.
  std::vector<float> flow_inputs, link_inputs;
  // Of each flow: the slowdown that the network's answer is a ratio to. At least 1, and what has passed already.
  std::vector<double> base;
  // Those whose state begins anew: the first flow, if it has just come, and so many links at the end.
  bool new_flow = false;
  std::size_t new_links = 0;
};

class Scene {
 public:
  // rates: bits/ns of each link.
  Scene(const std::vector<double> &rates, const Shape &shape);

  // At a time >= the last one, ns. Then touched() is what the event touches.
  Slot arrive(double now, const Arrival &flow);
  void leave(double now, Slot slot);
  const Touch &touched() const { return touch_; }

  std::size_t active() const { return active_; }
  std::size_t slots() const { return flows_.size(); }  // every Slot is less than that
  double start(Slot slot) const { return flows_[slot].start; }
  double ideal(Slot slot) const { return flows_[slot].ideal; }
  // A state at its beginning: what is not 0 are its first three values.
  void begin_flow(Slot slot, float *state) const;
  void begin_link(LinkId link, float *state) const;

 private:
  struct Member {
    Slot slot;
    std::uint32_t hop;
  };
  struct Flow {
    std::vector<LinkId> links;
    std::vector<std::uint32_t> place;  // among the members of each link
    double start = 0, bits = 0, ideal = 0, latency = 0, slowest = 0, last = 0;
    float log_size = 0, log_ideal = 0;
    std::uint64_t seen = 0;    // in which event
    std::uint32_t index = 0;   // in the touch, and in how many shared links it was reached
    std::uint32_t distance = 0;
  };
  struct LinkState {
    std::vector<Member> members;
    double last = 0;
    float log_rate = 0;
    std::uint64_t seen = 0;
    std::uint32_t distance = 0;
  };

  Slot take_slot();
  void begin_touch();
  void touch_flow(Slot slot, std::uint32_t distance);
  void touch_link(LinkId link, std::uint32_t distance);
  void spread();
  void describe(double now);
  void describe_flow(double now, Slot slot);
  void describe_link(double now, LinkId link);

  Shape shape_;
  std::vector<double> rates_;
  Outlook outlook_;
  std::vector<Flow> flows_;
  std::vector<LinkState> links_;
  std::vector<Slot> free_;
  std::size_t active_ = 0;
  std::uint64_t event_ = 0;
  Touch touch_;
};

}  // namespace liteflow::sim::m4
