// SPDX-License-Identifier: GPL-2.0
// Trial: whether a new snapshot does worse than the one before it, judged by
// the rewards that the kernel counts for each. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <string>

#include "daemon/config/config.h"
#include "daemon/netlink/client.h"

namespace liteflow {

struct Reward {
  double sum = 0;
  std::uint64_t count = 0;

  double mean() const { return count ? sum / static_cast<double>(count) : 0; }
};

Reward reward_of(const SnapshotInfo &snapshot);
Reward operator-(const Reward &later, const Reward &earlier);

enum class Outcome { wait, keep, drop };

struct Verdict {
  Outcome outcome = Outcome::wait;
  double before = 0, after = 0;  // mean rewards that were compared
  std::uint64_t rewards = 0;     // of the new snapshot
  std::string basis;             // concurrent, earlier or too_few_rewards
};

// A canary, at the end of its time: its rewards and those of the active one.
Verdict judge_canary(const Reward &canary, const Reward &active, bool over,
                     const UpdateOptions &options);

// An activated snapshot, at any time. concurrent: rewards in the same time of
// the flows that kept the snapshot before; earlier: those before it, used where
// there are too few of the former.
Verdict judge_watch(const Reward &now, const Reward &concurrent, const Reward &earlier, bool over,
                    const UpdateOptions &options);

// The active snapshot's rewards over the last while.
class RewardHistory {
 public:
  using Time = std::chrono::steady_clock::time_point;

  void add(Time now, std::uint64_t snapshot, const Reward &total, std::chrono::duration<double> keep);
  Reward recent() const;

 private:
  struct Entry {
    Time time;
    Reward total;
  };
  std::uint64_t snapshot_ = 0;
  std::deque<Entry> entries_;
};

}  // namespace liteflow
