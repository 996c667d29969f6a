// SPDX-License-Identifier: GPL-2.0
// Trials of snapshots whose true difference is known, with noise.
#include "daemon/update/trial.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <random>

namespace liteflow {
namespace {

using namespace std::chrono_literals;

constexpr double kAllowed = 0.1;

UpdateOptions options() {
  UpdateOptions o;
  o.max_reward_drop = 0;
  o.reward_floor = kAllowed;
  return o;
}

Reward rewards(double mean, std::uint64_t count = 40) {
  return {mean * static_cast<double>(count), count};
}

// An environment that all snapshots share and that moves slowly and widely, and
// noise of each one's own whose neighbours correlate by r.
struct World {
  explicit World(unsigned seed, double r = 0) : random(seed), correlation(r) {
    after = normal(random);
    before = normal(random);
  }

  // slots[t]: the new snapshot is better by difference(t).
  std::vector<Slot> run(std::size_t n, const std::function<double(std::size_t)> &difference) {
    std::vector<Slot> slots;
    for (std::size_t t = 0; t < n; t++) {
      path = 0.95 * path + 0.1 * normal(random);
      slots.push_back({rewards(0.8 + path + difference(t) + kNoise * step(after), 8),
                       rewards(0.8 + path + kNoise * step(before), 80)});
    }
    return slots;
  }
  std::vector<Slot> run(std::size_t n, double difference) {
    return run(n, [difference](std::size_t) { return difference; });
  }

  static constexpr double kNoise = 0.07;

 private:
  double step(double &x) {
    return x = correlation * x + std::sqrt(1 - correlation * correlation) * normal(random);
  }

  std::mt19937 random;
  std::normal_distribution<double> normal;
  double correlation, path = 0, after = 0, before = 0;
};

// What part of a thousand canaries of this difference is promoted, with all the
// looks that lead there.
double promoted(double difference, double r = 0, UpdateOptions o = options()) {
  constexpr unsigned kTrials = 1000;
  int kept = 0;
  for (unsigned seed = 0; seed < kTrials; seed++) {
    const auto slots = World(seed, r).run(20, difference);
    bool dropped = false;
    for (std::size_t n = 1; n < slots.size() && !dropped; n++) {
      const std::vector<Slot> so_far(slots.begin(), slots.begin() + static_cast<std::ptrdiff_t>(n));
      dropped = judge_canary(so_far, false, o).outcome == Outcome::drop;
    }
    kept += !dropped && judge_canary(slots, true, o).outcome == Outcome::keep;
  }
  return static_cast<double>(kept) / kTrials;
}

TEST(Canary, BetterAndEqualOnesArePromoted) {
  EXPECT_GE(promoted(0.1), 0.99);
  EXPECT_GE(promoted(0), 0.9);
}

TEST(Canary, OfTrulyWorseOnesNoMoreThanTheConfidenceLeavesArePromoted) {
  // At the very edge of what is allowed; beyond it there are ever fewer.
  EXPECT_LE(promoted(-kAllowed - 1e-9), 0.05 + 0.015);
  EXPECT_GE(promoted(-kAllowed - 1e-9), 0.01) << "the test must not be blunt either";
  EXPECT_LE(promoted(-1.5 * kAllowed), 0.005);
  EXPECT_EQ(promoted(-3 * kAllowed), 0);
  UpdateOptions strict = options();
  strict.confidence = 0.99;
  EXPECT_LE(promoted(-kAllowed - 1e-9, 0, strict), 0.01 + 0.01);
}

TEST(Canary, RewardsThatAreSlowToChangeDontFoolIt) {
  EXPECT_LE(promoted(-kAllowed - 1e-9, 0.5), 0.05 + 0.03) << "without the correction: above 0.14";
  EXPECT_LE(promoted(-kAllowed - 1e-9, 0.8), 0.05 + 0.06);
}

TEST(Canary, AWorseTimeForBothIsNoFault) {
  std::vector<Slot> slots;
  for (int t = 0; t < 20; t++) {
    const double path = t < 10 ? 0.9 : 0.3, noise = 0.02 * std::sin(t * 2.5);
    // The canary has more of its rewards in the worse time: its overall mean is lower.
    slots.push_back({rewards(path + noise, t < 10 ? 10 : 90), rewards(path, 100)});
  }
  const auto verdict = judge_canary(slots, true, options());
  EXPECT_EQ(verdict.outcome, Outcome::keep);
  EXPECT_EQ(verdict.basis, "concurrent");
  EXPECT_NEAR(verdict.after, 0.6, 0.02);
  EXPECT_NEAR(verdict.difference, 0, 0.01);
}

TEST(Canary, SaysWhatItWasJudgedBy) {
  const auto verdict = judge_canary(World(3).run(20, 0), true, options());
  EXPECT_EQ(verdict.slots, 20u);
  EXPECT_EQ(verdict.rewards, 160u);
  EXPECT_GT(verdict.effective, 5);
  EXPECT_LE(verdict.effective, 20);
  EXPECT_DOUBLE_EQ(verdict.confidence, 0.95);
  EXPECT_DOUBLE_EQ(verdict.allowed, kAllowed);
  EXPECT_NEAR(verdict.after - verdict.before, verdict.difference, 1e-12);
  EXPECT_LT(verdict.lower, verdict.difference);
  EXPECT_NEAR(verdict.upper - verdict.difference, verdict.difference - verdict.lower, 1e-12);
  UpdateOptions relative = options();
  relative.max_reward_drop = 0.5;
  const auto wide = judge_canary(World(3).run(20, 0), true, relative);
  EXPECT_DOUBLE_EQ(wide.allowed, 0.5 * std::abs(wide.before));
}

TEST(Canary, IsDroppedEarlyOnlyWhereThatIsCertain) {
  int early = 0;
  for (unsigned seed = 0; seed < 100; seed++) {
    const auto verdict = judge_canary(World(seed).run(10, -0.6), false, options());
    early += verdict.outcome == Outcome::drop;
    EXPECT_DOUBLE_EQ(verdict.confidence, 1 - 0.05 / 2 / 20);
  }
  EXPECT_GE(early, 85);
  EXPECT_EQ(judge_canary(World(1).run(4, -0.6), false, options()).outcome, Outcome::wait)
      << "fewer than `slots`";
  EXPECT_EQ(judge_canary(World(1).run(8, 0.6), false, options()).outcome, Outcome::wait)
      << "promotion is for the end";
}

TEST(Canary, WithTooFewRewardsOrSlotsIsInconclusive) {
  UpdateOptions drop = options(), keep = options();
  keep.inconclusive = "keep";
  const auto few_slots = World(1).run(4, 0);
  std::vector<Slot> few_rewards(20, Slot{rewards(0.5, 4), rewards(0.5, 80)});
  std::vector<Slot> never_both(20, Slot{rewards(0.5, 40), {}});
  for (const auto &slots : {few_slots, few_rewards, never_both, {}}) {
    const auto verdict = judge_canary(slots, true, drop);
    EXPECT_EQ(verdict.outcome, Outcome::drop);
    EXPECT_EQ(verdict.basis, "too_few");
    EXPECT_EQ(judge_canary(slots, true, keep).outcome, Outcome::keep);
    EXPECT_EQ(judge_canary(slots, false, drop).outcome, Outcome::wait);
  }
  EXPECT_EQ(judge_canary(few_rewards, true, drop).slots, 0u);
}

// What is seen of both when each serves in its turns only.
std::vector<Slot> by_turns(std::vector<Slot> slots) {
  for (std::size_t i = 0; i < slots.size(); i++)
    (new_ones_turn(i) ? slots[i].before : slots[i].after) = {};
  return slots;
}

TEST(Turns, CancelWhatChangesSlowly) {
  UpdateOptions o = options();
  o.turns_s = 40;
  int equal = 0, edge = 0, worse = 0;
  for (unsigned seed = 0; seed < 1000; seed++) {
    const auto kept = [&](double difference) {
      return judge_turns(by_turns(World(seed).run(40, difference)), true, o).outcome == Outcome::keep;
    };
    equal += kept(0);
    edge += kept(-kAllowed - 1e-9);
    worse += kept(-4 * kAllowed);
  }
  EXPECT_GE(equal, 800) << "the path moves as much from slot to slot as what is allowed";
  EXPECT_LE(edge, 50 + 20);
  EXPECT_EQ(worse, 0);
  const auto verdict = judge_turns(by_turns(World(1).run(7, 0)), false, o);
  EXPECT_EQ(verdict.slots, 3u) << "pairs; the last slot waits for its other half";
}

// The slot after which a watch of 30 takes back; 0: it keeps.
std::size_t taken_back(const std::vector<Slot> &slots, const std::vector<Reward> &earlier,
                       std::string *basis = nullptr, Standing standing = Standing::proved) {
  for (std::size_t n = 1; n <= slots.size(); n++) {
    const std::vector<Slot> so_far(slots.begin(), slots.begin() + static_cast<std::ptrdiff_t>(n));
    const auto verdict = judge_watch(so_far, earlier, standing, n == slots.size(), options());
    if (basis) *basis = verdict.basis;
    if (verdict.outcome == Outcome::drop) return n;
  }
  return 0;
}

std::vector<Slot> alone(std::vector<Slot> slots) {
  for (auto &slot : slots) slot.before = {};
  return slots;
}

std::vector<Reward> history(unsigned seed) {
  std::mt19937 random(seed + 5000);
  std::normal_distribution<double> normal;
  std::vector<Reward> earlier;
  for (int i = 0; i < 30; i++) earlier.push_back(rewards(0.8 + World::kNoise * normal(random)));
  return earlier;
}

TEST(Watch, TakesBackWhatTurnsWorse) {
  std::string basis;
  int found = 0;
  for (unsigned seed = 0; seed < 100; seed++) {
    const auto slots = World(seed).run(30, [](std::size_t t) { return t < 12 ? 0.0 : -0.6; });
    const auto at = taken_back(slots, {}, &basis);
    EXPECT_TRUE(at == 0 || at > 12) << "not before it was worse";
    found += at > 12;
    EXPECT_EQ(basis, "concurrent");
  }
  EXPECT_GE(found, 95);
}

TEST(Watch, KeepsWhatIsNoWorse) {
  int equal = 0, edge = 0;
  for (unsigned seed = 0; seed < 1000; seed++) {
    equal += taken_back(World(seed).run(30, 0), {}) > 0;
    edge += taken_back(World(seed).run(30, -kAllowed), {}) > 0;
  }
  EXPECT_LE(equal, 2);
  EXPECT_LE(edge, 50 + 15) << "all looks of the watch together";
}

TEST(Watch, ComparesWithTheTimeBeforeWhereNothingElseIsThere) {
  std::string basis;
  int worse = 0, equal = 0;
  for (unsigned seed = 0; seed < 200; seed++) {
    std::mt19937 random(seed);
    std::normal_distribution<double> normal;
    std::vector<Slot> bad, good;
    for (int t = 0; t < 30; t++) {
      const double noise = World::kNoise * normal(random);
      bad.push_back({rewards(0.4 + noise), {}});
      good.push_back({rewards(0.8 + noise), {}});
    }
    worse += taken_back(bad, history(seed), &basis) > 0;
    EXPECT_EQ(basis, "earlier");
    equal += taken_back(good, history(seed)) > 0;
  }
  EXPECT_GE(worse, 198);
  EXPECT_LE(equal, 2);
  const auto verdict = judge_watch(alone(World(1).run(30, 0)), history(1), Standing::proved, true, options());
  EXPECT_EQ(verdict.slots, 30u);
  EXPECT_EQ(verdict.slots_before, 30u);
  EXPECT_DOUBLE_EQ(verdict.confidence, 0.975);
}

TEST(Watch, FlowsOnTheSnapshotBeforeThatDoNoBetterExcuseIt) {
  std::vector<Slot> slots;
  for (int t = 0; t < 20; t++)
    slots.push_back({rewards(0.3 + 0.02 * std::sin(t * 2.5)), rewards(0.3)});
  EXPECT_EQ(taken_back(slots, history(1)), 0u) << "the path became worse, for both";
  EXPECT_GT(taken_back(alone(slots), history(1)), 0u);
}

TEST(Watch, OldSlotsWithBothDontStandForNewOnes) {
  auto slots = World(1).run(30, [](std::size_t t) { return t < 10 ? 0.0 : -0.6; });
  for (std::size_t t = 8; t < slots.size(); t++) slots[t].before = {};  // its flows have ended
  EXPECT_GT(taken_back(slots, history(1)), 10u);
}

TEST(Watch, WithTooFewConcludesNothing) {
  const std::vector<Slot> bad(30, Slot{rewards(-1, 40), {}}), few(30, Slot{rewards(-1, 1), {}});
  EXPECT_EQ(taken_back(bad, {}), 0u);
  EXPECT_EQ(taken_back(few, history(1)), 0u);
  const auto verdict = judge_watch(bad, {}, Standing::proved, true, options());
  EXPECT_EQ(verdict.outcome, Outcome::keep);
  EXPECT_EQ(verdict.basis, "too_few");
}

TEST(Watch, OfWhatIsUntriedKeepsOnlyWhatIsShownToBeNoWorse) {
  const auto kept = [](double difference) {
    double n = 0;
    for (unsigned seed = 0; seed < 1000; seed++)
      n += taken_back(World(seed).run(30, difference), {}, nullptr, Standing::untried) == 0;
    return n / 1000;
  };
  EXPECT_GE(kept(0), 0.9);
  EXPECT_LE(kept(-kAllowed - 1e-9), 0.05 + 0.015) << "proved before: 0.93 and more";
  EXPECT_EQ(kept(-3 * kAllowed), 0);
}

// Wide bounds prove nothing.
TEST(Watch, OfWhatIsUntriedTakesBackWhatNothingSpeaksFor) {
  std::vector<Slot> slots;
  for (int t = 0; t < 10; t++) slots.push_back({rewards(t % 2 ? 0.95 : 0.55), {}});
  const auto untried = judge_watch(slots, history(1), Standing::untried, true, options());
  EXPECT_EQ(untried.outcome, Outcome::drop);
  EXPECT_EQ(untried.basis, "earlier");
  EXPECT_DOUBLE_EQ(untried.confidence, 0.95);
  EXPECT_EQ(judge_watch(slots, history(1), Standing::proved, true, options()).outcome, Outcome::keep);

  UpdateOptions keep = options(), unwatched = options();
  keep.inconclusive = "keep";
  unwatched.watch_s = 0;
  EXPECT_EQ(judge_watch({}, {}, Standing::untried, true, options()).outcome, Outcome::drop);
  EXPECT_EQ(judge_watch({}, {}, Standing::untried, true, keep).outcome, Outcome::keep);
  EXPECT_EQ(judge_watch({}, {}, Standing::untried, true, unwatched).outcome, Outcome::keep);
}

SnapshotInfo counters(std::uint64_t id, double sum, std::uint64_t count) {
  SnapshotInfo info;
  info.id = id;
  info.reward_sum = sum;
  info.reward_count = count;
  return info;
}

TEST(SlotLog, CutsTheCountersIntoSlots) {
  SlotLog log;
  const SlotLog::Time start{100s};
  log.add(start, {counters(1, 50, 60)}, 1, 60);
  log.add(start + 500ms, {counters(1, 55, 70)}, 1, 60);
  log.add(start + 1000ms, {counters(1, 58, 70), counters(2, 3, 4)}, 1, 60);
  log.add(start + 2000ms, {counters(1, 60, 72), counters(2, 8, 10)}, 1, 60);
  auto slots = log.since(start, 2, 1);
  ASSERT_EQ(slots.size(), 2u);
  EXPECT_DOUBLE_EQ(slots[0].before.sum, 8);
  EXPECT_EQ(slots[0].before.count, 10u);
  EXPECT_DOUBLE_EQ(slots[0].after.sum, 3) << "new in this slot";
  EXPECT_EQ(slots[1].after.count, 6u);
  EXPECT_EQ(log.since(start + 1s, 2, 1).size(), 1u);
  EXPECT_EQ(log.between(start, start + 1s, 1).size(), 1u);
  EXPECT_EQ(log.between(start, start + 2s, 9).size(), 2u);

  log.cut(start + 2500ms, {counters(1, 70, 90), counters(2, 9, 11)});
  log.add(start + 3500ms, {counters(1, 71, 91), counters(2, 1, 2)}, 1, 60);
  slots = log.since(start + 2500ms, 2, 1);
  ASSERT_EQ(slots.size(), 1u);
  EXPECT_EQ(slots[0].before.count, 1u) << "what was before the cut is in no slot";
  EXPECT_EQ(slots[0].after.count, 2u) << "counters that began again";
  log.add(start + 100s, {counters(1, 72, 92)}, 1, 60);
  EXPECT_EQ(log.since(start, 1, 2).size(), 1u) << "the rest is forgotten";
}

}  // namespace
}  // namespace liteflow
