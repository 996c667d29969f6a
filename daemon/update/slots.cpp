// SPDX-License-Identifier: GPL-2.0
#include "daemon/update/slots.h"

#include <utility>

namespace liteflow {
namespace {

double seconds(SlotLog::Time::duration time) { return std::chrono::duration<double>(time).count(); }

Reward find(const std::map<std::uint64_t, Reward> &rewards, std::uint64_t snapshot) {
  const auto found = rewards.find(snapshot);
  return found == rewards.end() ? Reward{} : found->second;
}

}  // namespace

Reward reward_of(const SnapshotInfo &snapshot) {
  return {snapshot.reward_sum, snapshot.reward_count};
}

Reward operator-(const Reward &later, const Reward &earlier) {
  if (later.count < earlier.count) return later;  // the counters began again
  return {later.sum - earlier.sum, later.count - earlier.count};
}

Reward operator+(const Reward &a, const Reward &b) { return {a.sum + b.sum, a.count + b.count}; }

void SlotLog::cut(Time now, const std::vector<SnapshotInfo> &snapshots) {
  begun_ = true;
  begin_ = now;
  totals_.clear();
  for (const auto &snapshot : snapshots) totals_[snapshot.id] = reward_of(snapshot);
}

void SlotLog::add(Time now, const std::vector<SnapshotInfo> &snapshots, double slot_s,
                  double keep_s) {
  if (begun_ && seconds(now - begin_) < slot_s) return;
  if (begun_) {
    Entry entry{begin_, now, {}};
    for (const auto &snapshot : snapshots)
      entry.rewards[snapshot.id] = reward_of(snapshot) - find(totals_, snapshot.id);
    entries_.push_back(std::move(entry));
  }
  cut(now, snapshots);
  while (!entries_.empty() && seconds(now - entries_.front().end) >= keep_s) entries_.pop_front();
}

std::vector<Slot> SlotLog::since(Time from, std::uint64_t after, std::uint64_t before) const {
  std::vector<Slot> slots;
  for (const auto &entry : entries_)
    if (entry.begin >= from)
      slots.push_back({find(entry.rewards, after), find(entry.rewards, before)});
  return slots;
}

std::vector<Reward> SlotLog::between(Time from, Time until, std::uint64_t snapshot) const {
  std::vector<Reward> rewards;
  for (const auto &entry : entries_)
    if (entry.end > from && entry.end <= until) rewards.push_back(find(entry.rewards, snapshot));
  return rewards;
}

}  // namespace liteflow
