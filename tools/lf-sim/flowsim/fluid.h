// SPDX-License-Identifier: GPL-2.0
// Fluid: how far the flows are that are there now, and when the next of them is done.
//
// The flows of a class have one rate, so what each of them was served since a moment is one number: a flow is done
// when that has grown by its bits. The flows of a class are a heap, and so are the classes by their next completion.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "tools/lf-sim/flowsim/sharing.h"
#include "tools/lf-sim/flowsim/slot_heap.h"

namespace liteflow::sim {

class Fluid {
 public:
  static constexpr double kNever = std::numeric_limits<double>::infinity();

  // As Sharing.
  Fluid(std::vector<double> rates, double cap, Sharing::Update update) : sharing_(std::move(rates), cap, update) {}

  // A flow begins, no later than next_ns() and no earlier than what happened last. number: the caller's.
  void add(double now_ns, std::uint32_t number, double bits, std::span<const LinkId> route);
  // When the next flow is done if none begins before; kNever if there are none.
  double next_ns();
  // No flow is done before this time, which is not in the past. Asks for no rates if the time is now.
  bool idle_until(double time_ns) { return time_ns <= now_ || time_ns < next_ns(); }
  // Its number; the time goes to next_ns(). There must be one.
  std::uint32_t complete();

  std::size_t active() const { return active_; }
  double now_ns() const { return now_; }  // of what happened last

 private:
  struct Flow {
    double end;  // bits that its class has been served when it is done
    std::uint32_t number;
    bool operator>(const Flow &other) const {
      return end != other.end ? end > other.end : number > other.number;
    }
  };
  struct Served {
    double bits = 0;   // of each flow
    double since = 0;  // ns, when that was
    double rate = 0;   // bits/ns from then on
    bool touched = false;
    std::vector<Flow> flows;  // heap
  };

  void serve(Served &c) const;
  void touch(ClassId id);
  void settle();

  Sharing sharing_;
  std::vector<Served> classes_;
  SlotHeap ends_;  // of classes
  std::vector<ClassId> touched_;
  double now_ = 0;
  bool settled_ = true;
  std::size_t active_ = 0;
};

}  // namespace liteflow::sim
