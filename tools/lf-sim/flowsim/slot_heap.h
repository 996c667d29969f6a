// SPDX-License-Identifier: GPL-2.0
// Heap of slots by a value, such as a time, that may change: O(log n). Equal values: the lesser slot first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace liteflow::sim {

class SlotHeap {
 public:
  bool empty() const { return heap_.empty(); }
  std::uint32_t slot() const { return heap_.front().second; }
  double value() const { return heap_.front().first; }
  bool contains(std::uint32_t slot) const { return slot < place_.size() && place_[slot] != kNone; }
  double value(std::uint32_t slot) const { return heap_[place_[slot]].first; }

  void set(std::uint32_t slot, double value) {
    if (slot >= place_.size()) place_.resize(slot + 1, kNone);
    std::uint32_t i = place_[slot];
    if (i == kNone) {
      i = static_cast<std::uint32_t>(heap_.size());
      heap_.emplace_back();
    }
    settle(i, {value, slot});
  }

  void erase(std::uint32_t slot) {
    if (!contains(slot)) return;
    const std::uint32_t i = std::exchange(place_[slot], kNone);
    const Entry last = heap_.back();
    heap_.pop_back();
    if (i < heap_.size()) settle(i, last);
  }

 private:
  using Entry = std::pair<double, std::uint32_t>;
  static constexpr std::uint32_t kNone = ~0U;

  // From a hole up or down, to where the entry belongs.
  void settle(std::size_t hole, const Entry &entry) {
    for (; hole > 0 && entry < heap_[(hole - 1) / 2]; hole = (hole - 1) / 2) put(hole, heap_[(hole - 1) / 2]);
    for (std::size_t child; (child = 2 * hole + 1) < heap_.size(); hole = child) {
      if (child + 1 < heap_.size() && heap_[child + 1] < heap_[child]) child++;
      if (!(heap_[child] < entry)) break;
      put(hole, heap_[child]);
    }
    put(hole, entry);
  }

  void put(std::size_t i, const Entry &entry) {
    heap_[i] = entry;
    place_[entry.second] = static_cast<std::uint32_t>(i);
  }

  std::vector<Entry> heap_;
  std::vector<std::uint32_t> place_;  // of each slot in the heap
};

}  // namespace liteflow::sim
