// SPDX-License-Identifier: GPL-2.0
// Event heap: what happens next. 16 bytes an event, nothing allocated but when it grows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace liteflow::sim::parsimon {

struct Event {
  double time_ns = 0;
  std::uint32_t flow = 0;
  std::uint32_t what = 0;  // of the flow

  // At the same time the lower flow, then the lower what: the order does not depend on that of push().
  bool before(const Event &other) const {
    if (time_ns != other.time_ns) return time_ns < other.time_ns;
    return flow != other.flow ? flow < other.flow : what < other.what;
  }
};

// A binary heap.
class EventHeap {
 public:
  bool empty() const { return events_.empty(); }
  const Event &top() const { return events_.front(); }

  void push(const Event &event) {
    std::size_t hole = events_.size();
    events_.push_back(event);
    while (hole > 0) {
      const std::size_t parent = (hole - 1) / 2;
      if (!event.before(events_[parent])) break;
      events_[hole] = events_[parent];
      hole = parent;
    }
    events_[hole] = event;
  }

  void pop() {
    const Event last = events_.back();
    events_.pop_back();
    const std::size_t size = events_.size();
    if (!size) return;
    std::size_t hole = 0;
    for (std::size_t child = 1; child < size; child = 2 * hole + 1) {
      if (child + 1 < size && events_[child + 1].before(events_[child])) child++;
      if (!events_[child].before(last)) break;
      events_[hole] = events_[child];
      hole = child;
    }
    events_[hole] = last;
  }

 private:
  std::vector<Event> events_;
};

}  // namespace liteflow::sim::parsimon
