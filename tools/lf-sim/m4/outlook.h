// SPDX-License-Identifier: GPL-2.0
// Outlook: how the flows that are there now would fare, if they shared links max-min fairly and nothing changed.
//
// flowSim, while nobody knows yet what comes next. A flow drains when its last bit has been sent; it may be there
// longer than that, and it may be taken away before.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "tools/lf-sim/flowsim/sharing.h"
#include "tools/lf-sim/flowsim/slot_heap.h"

namespace liteflow::sim::m4 {

class Outlook {
 public:
  // rates: bits/ns of each link.
  explicit Outlook(const std::vector<double> &rates);

  // To a time >= the last one, ns; flows drain on the way.
  void advance(double now);
  // At the present time. A slot is a number of the caller's choice, as small as can be; route: not empty, each link
  // once.
  void add(std::uint32_t slot, std::span<const LinkId> route, double bits);
  // Drained or not.
  void remove(std::uint32_t slot);

  // When it drained, or will.
  double end(std::uint32_t slot) const { return flows_[slot].end; }
  double rate(std::uint32_t slot) const { return flows_[slot].rate; }  // bits/ns; 0: it has drained
  double bits(std::uint32_t slot) const;                               // that are left

 private:
  struct Flow {
    ClassId id = 0;
    std::uint32_t place = 0;     // among the flows of its class
    double bits = 0, since = 0;  // left, at that time
    double rate = 0, end = 0;
  };

  void drain(std::uint32_t slot);
  void settle();
  void follow(std::uint32_t slot);

  std::unique_ptr<Sharing> sharing_;
  std::vector<Flow> flows_;                         // by slot
  std::vector<std::vector<std::uint32_t>> classes_;  // slots of each
  SlotHeap ends_;
  double now_ = 0;
};

}  // namespace liteflow::sim::m4
