// SPDX-License-Identifier: GPL-2.0
#include "daemon/update/trial.h"

#include <algorithm>
#include <cmath>

namespace liteflow {
namespace {

bool enough(const Reward &reward, const UpdateOptions &options) {
  return reward.count >= static_cast<std::uint64_t>(options.watch_rewards);
}

bool worse(const Verdict &verdict, const UpdateOptions &options) {
  const double allowed =
      std::max(options.max_reward_drop * std::abs(verdict.before), options.reward_floor);
  return verdict.after < verdict.before - allowed;
}

}  // namespace

Reward reward_of(const SnapshotInfo &snapshot) {
  return {snapshot.reward_sum, snapshot.reward_count};
}

Reward operator-(const Reward &later, const Reward &earlier) {
  if (later.count < earlier.count) return later;  // the counters began again
  return {later.sum - earlier.sum, later.count - earlier.count};
}

Verdict judge_canary(const Reward &canary, const Reward &active, bool over,
                     const UpdateOptions &options) {
  Verdict verdict{Outcome::wait, active.mean(), canary.mean(), canary.count, "concurrent"};
  if (!over) return verdict;
  if (!enough(canary, options) || !enough(active, options)) {
    verdict.basis = "too_few_rewards";
    verdict.outcome = options.canary_inconclusive == "promote" ? Outcome::keep : Outcome::drop;
  } else {
    verdict.outcome = worse(verdict, options) ? Outcome::drop : Outcome::keep;
  }
  return verdict;
}

Verdict judge_watch(const Reward &now, const Reward &concurrent, const Reward &earlier, bool over,
                    const UpdateOptions &options) {
  const bool both = enough(concurrent, options);
  const Reward &reference = both ? concurrent : earlier;
  Verdict verdict{Outcome::wait, reference.mean(), now.mean(), now.count,
                  both ? "concurrent" : "earlier"};
  if (over) verdict.outcome = Outcome::keep;
  if (!enough(now, options) || !enough(reference, options))
    verdict.basis = "too_few_rewards";
  else if (worse(verdict, options))
    verdict.outcome = Outcome::drop;
  return verdict;
}

void RewardHistory::add(Time now, std::uint64_t snapshot, const Reward &total,
                        std::chrono::duration<double> keep) {
  if (snapshot != snapshot_ || (!entries_.empty() && total.count < entries_.back().total.count))
    entries_.clear();
  snapshot_ = snapshot;
  entries_.push_back({now, total});
  while (entries_.size() > 2 && now - entries_[1].time >= keep) entries_.pop_front();
}

Reward RewardHistory::recent() const {
  return entries_.empty() ? Reward{} : entries_.back().total - entries_.front().total;
}

}  // namespace liteflow
