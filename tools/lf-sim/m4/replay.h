// SPDX-License-Identifier: GPL-2.0
// Replay: a busy period event by event, in the order in which it happened, with what should have been predicted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "tools/lf-sim/m4/periods.h"
#include "tools/lf-sim/m4/record.h"
#include "tools/lf-sim/m4/scene.h"

namespace liteflow::sim::m4 {

class Replay {
 public:
  // Keeps a reference to the record.
  Replay(const Record &record, const Period &period, const Shape &shape);

  // To the next event; false if there is none.
  bool next();

  // Links have numbers of their own here, below links(); slots are below slots().
  const Scene &scene() const { return scene_; }
  std::size_t links() const { return link_ids_.size(); }
  std::size_t slots() const { return most_active_; }
  const std::vector<float> &parameters() const { return record_.parameters; }

  // The flow that has just completed, if one has: what was known of it when it was touched last.
  struct Completed {
    Slot slot = 0;
    std::span<const float> inputs;  // Touch::flow_inputs
    double base = 1, slowdown = 1;
  };
  const std::optional<Completed> &completed() const { return completed_; }

  // Of a flow that is active.
  double slowdown(Slot slot) const { return flows_[slot].slowdown; }
  std::size_t touches(Slot slot) const { return flows_[slot].touches; }  // so far
  // What was seen at this event, if something was: of a flow and of a link by its number here.
  std::optional<float> left(Slot slot) const;     // share of its bytes
  std::optional<float> queued(LinkId link) const;  // kB

 private:
  struct Known {
    std::uint32_t index = 0;
    double slowdown = 1, base = 1;
    std::size_t touches = 0;
    std::vector<float> inputs;
  };

  void arrive(const FlowEvent &event);
  void leave(const FlowEvent &event);

  const FlowEvent &now() const { return events_[next_ - 1]; }
  const Sight *sight() const;

  const Record &record_;
  std::size_t inputs_;
  std::vector<LinkId> link_ids_;  // in the record, ascending; by number here
  std::vector<FlowEvent> events_;
  std::size_t next_ = 0, most_active_ = 0;
  std::vector<Slot> slot_of_;  // of each flow from the period's first on
  std::uint32_t first_ = 0;
  Scene scene_;
  std::vector<Known> flows_;  // by slot
  std::optional<Completed> completed_;
  std::vector<float> last_inputs_;
};

}  // namespace liteflow::sim::m4
