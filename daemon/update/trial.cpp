// SPDX-License-Identifier: GPL-2.0
#include "daemon/update/trial.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>

#include "daemon/update/comparison.h"

namespace liteflow {
namespace {

constexpr double kLeastEffective = 2;  // below, nothing bounds a mean
constexpr std::size_t kRecent = 2;     // times options.slots: what a look before the end goes by

bool counts(const Reward &reward, const UpdateOptions &options) {
  return reward.count >= static_cast<std::uint64_t>(options.slot_rewards);
}

bool enough(const Estimate &e, const UpdateOptions &options) {
  return e.n >= static_cast<std::size_t>(options.slots) && e.effective >= kLeastEffective;
}

bool enough(const Reward &reward, const UpdateOptions &options) {
  return reward.count >= static_cast<std::uint64_t>(options.watch_rewards);
}

// Of a test that takes back, if it is done once at the end and once for every
// slot of `seconds`.
double confidence_of(bool over, double seconds, const UpdateOptions &options) {
  const double error = (1 - options.confidence) / 2;
  return 1 - (over ? error : error / std::max(seconds / options.slot_s, 1.0));
}

template <typename T>
void keep_latest(std::vector<T> &values, std::size_t n) {
  if (values.size() > n)
    values.erase(values.begin(), values.end() - static_cast<std::ptrdiff_t>(n));
}

std::vector<Slot> with_both(const std::vector<Slot> &slots, const UpdateOptions &options) {
  std::vector<Slot> both;
  std::copy_if(slots.begin(), slots.end(), std::back_inserter(both), [&](const Slot &slot) {
    return counts(slot.after, options) && counts(slot.before, options);
  });
  return both;
}

// Mean rewards of the slots that count.
std::vector<double> means(const std::vector<Reward> &rewards, const UpdateOptions &options) {
  std::vector<double> values;
  for (const auto &reward : rewards)
    if (counts(reward, options)) values.push_back(reward.mean());
  return values;
}

void bound(Verdict &verdict, const Difference &difference, double confidence,
           const UpdateOptions &options) {
  verdict.difference = difference.mean;
  verdict.confidence = confidence;
  verdict.lower = difference.lower(confidence);
  verdict.upper = difference.upper(confidence);
  verdict.allowed =
      std::max(options.max_reward_drop * std::abs(verdict.before), options.reward_floor);
}

struct Series {
  std::vector<double> after, before, differences;
};

Series series_of(const std::vector<Slot> &slots) {
  Series series;
  for (const auto &slot : slots) {
    series.after.push_back(slot.after.mean());
    series.before.push_back(slot.before.mean());
    series.differences.push_back(series.after.back() - series.before.back());
  }
  return series;
}

// False: too few slots to say anything. both: slots that count.
bool compare_pairs(Verdict &verdict, const std::vector<Slot> &both, double confidence,
                   const UpdateOptions &options) {
  const Series series = series_of(both);
  const Estimate differences = estimate(series.differences);
  verdict.before = estimate(series.before).mean;
  verdict.after = estimate(series.after).mean;
  verdict.slots = differences.n;
  verdict.effective = differences.effective;
  bound(verdict, paired(differences), confidence, options);
  return enough(differences, options);
}

bool compare_times(Verdict &verdict, const std::vector<double> &after,
                   const std::vector<double> &before, double confidence,
                   const UpdateOptions &options) {
  const Estimate now = estimate(after), then = estimate(before);
  verdict.before = then.mean;
  verdict.after = now.mean;
  verdict.slots = now.n;
  verdict.effective = now.effective;
  verdict.slots_before = then.n;
  verdict.effective_before = then.effective;
  bound(verdict, unpaired(now, then), confidence, options);
  return enough(now, options) && enough(then, options);
}

Slot sum_of(const std::vector<Slot> &slots) {
  Slot sum;
  for (const auto &slot : slots) {
    sum.after = sum.after + slot.after;
    sum.before = sum.before + slot.before;
  }
  return sum;
}

// Whether it is no worse than allowed, at the end of a trial.
Outcome proved(const Verdict &verdict, bool known, const UpdateOptions &options) {
  const bool kept = known ? verdict.lower > -verdict.allowed : options.inconclusive == "keep";
  return kept ? Outcome::keep : Outcome::drop;
}

// Two that earned in the same slots, of which there are `seconds`.
Verdict judge_pairs(const std::vector<Slot> &slots, double seconds, bool over, const char *basis,
                    const UpdateOptions &options) {
  const Slot sum = sum_of(slots);
  Verdict verdict;
  verdict.basis = basis;
  verdict.rewards = sum.after.count;
  // Promotion is one test, at the end.
  const double confidence = over ? options.confidence : confidence_of(false, seconds, options);
  const bool known = compare_pairs(verdict, with_both(slots, options), confidence, options) &&
                     enough(sum.after, options) && enough(sum.before, options);
  if (!known) verdict.basis = kTooFew;
  if (over)
    verdict.outcome = proved(verdict, known, options);
  else if (known && verdict.upper < -verdict.allowed)
    verdict.outcome = Outcome::drop;
  return verdict;
}

}  // namespace

std::string to_string(const Verdict &v) {
  std::string worth = fmt::format("{} slots worth {:.1f}", v.slots, v.effective);
  if (v.slots_before > 0)
    worth += fmt::format(" and {} worth {:.1f} before", v.slots_before, v.effective_before);
  return fmt::format("reward {:.4f} against {:.4f}: {:+.4f}, above {:+.4f} and below {:+.4f} with "
                     "{:.2f} % confidence each, {:.4f} worse is allowed; {}, {} rewards, {}",
                     v.after, v.before, v.difference, v.lower, v.upper, 100 * v.confidence,
                     v.allowed, worth, v.rewards, v.basis);
}

Verdict judge_canary(const std::vector<Slot> &slots, bool over, const UpdateOptions &options) {
  return judge_pairs(slots, options.canary_s, over, "concurrent", options);
}

Verdict judge_turns(const std::vector<Slot> &slots, bool over, const UpdateOptions &options) {
  std::vector<Slot> pairs;
  for (std::size_t i = 1; i < slots.size(); i += 2)
    pairs.push_back(sum_of({slots[i - 1], slots[i]}));
  return judge_pairs(pairs, options.turns_s / 2, over, "turns", options);
}

Verdict judge_watch(const std::vector<Slot> &slots, const std::vector<Reward> &earlier,
                    Standing standing, bool over, const UpdateOptions &options) {
  const bool must_prove = over && standing == Standing::untried && options.watch_s > 0;
  const double confidence =
      must_prove ? options.confidence : confidence_of(over, options.watch_s, options);
  auto recent = slots;
  if (!over) keep_latest(recent, kRecent * static_cast<std::size_t>(options.slots));
  const Slot sum = sum_of(slots);
  Verdict verdict;
  verdict.rewards = sum.after.count;
  verdict.basis = "concurrent";
  bool known = compare_pairs(verdict, with_both(recent, options), confidence, options) &&
               enough(sum.before, options);
  if (!known) {
    std::vector<Reward> now;
    for (const auto &slot : recent) now.push_back(slot.after);
    const auto then = std::accumulate(earlier.begin(), earlier.end(), Reward{});
    verdict.basis = "earlier";
    known = compare_times(verdict, means(now, options), means(earlier, options), confidence,
                          options) &&
            enough(then, options);
  }
  known = known && enough(sum.after, options);
  if (!known) verdict.basis = kTooFew;
  if (must_prove)
    verdict.outcome = proved(verdict, known, options);
  else if (known && verdict.upper < -verdict.allowed)
    verdict.outcome = Outcome::drop;
  else if (over)
    verdict.outcome = Outcome::keep;
  return verdict;
}

}  // namespace liteflow
