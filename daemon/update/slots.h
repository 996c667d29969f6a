// SPDX-License-Identifier: GPL-2.0
// SlotLog: what each snapshot of one app on one host earned, by time slot. Two
// snapshots that earn in the same slot do so in the same environment, so their
// difference says more than that of their means over unlike times.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <vector>

#include "daemon/netlink/client.h"

namespace liteflow {

struct Reward {
  double sum = 0;
  std::uint64_t count = 0;

  double mean() const { return count ? sum / static_cast<double>(count) : 0; }
};

Reward reward_of(const SnapshotInfo &snapshot);
Reward operator-(const Reward &later, const Reward &earlier);
Reward operator+(const Reward &a, const Reward &b);

// What a new snapshot and the one before it earned in one slot.
struct Slot {
  Reward after, before;
};

class SlotLog {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // Takes the kernel's counters; a slot that has lasted for slot_s ends here.
  // Slots that ended keep_s ago are forgotten.
  void add(Time now, const std::vector<SnapshotInfo> &snapshots, double slot_s, double keep_s);
  // Begins a slot here and forgets the unfinished one, so that no slot holds
  // both what was before an activation and what comes after it.
  void cut(Time now, const std::vector<SnapshotInfo> &snapshots);

  // The slots since a cut; rewards of the snapshots `after` and `before`.
  std::vector<Slot> since(Time from, std::uint64_t after, std::uint64_t before) const;
  // What a snapshot earned in each slot that ended in this time.
  std::vector<Reward> between(Time from, Time until, std::uint64_t snapshot) const;

 private:
  using Rewards = std::map<std::uint64_t, Reward>;  // by snapshot
  struct Entry {
    Time begin, end;
    Rewards rewards;
  };
  bool begun_ = false;
  Time begin_{};     // of the slot that goes on
  Rewards totals_;   // the counters at that time
  std::deque<Entry> entries_;
};

}  // namespace liteflow
