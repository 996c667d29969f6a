// SPDX-License-Identifier: GPL-2.0
// Trial: whether a new snapshot does worse than the one before it, judged by
// the rewards that the kernel counts for each. Pure.
//
// What is compared are mean rewards by time slot (slots.h), with one-sided
// bounds of their mean difference (comparison.h) at a stated confidence c:
//
//   concurrent  both earned in the same slots: a test of the pairs. The path, its
//               load and the time of day are the same for both and cancel.
//   turns       they took turns on the same flows, in the order new, old, old, new:
//               a test of neighbours, in which what changes slowly cancels. It is
//               for hosts whose connections live long and leave a canary none.
//   earlier     only the new one earns now: against the slots before it was
//               activated (Welch). This can't tell a worse snapshot from a path
//               that became worse; it is used where nothing better is known.
//
// "Worse" is a difference beyond what is allowed. A canary, or what took turns, is
// promoted at its end if it isn't worse with confidence c: of truly worse ones no
// more than 1 - c pass. What was activated at once is kept at the end of its watch
// by the same test: nothing else has spoken for it. Looks before the end only take
// back, and so does the watch of what was promoted; there are as many as slots, so
// half of 1 - c is shared out among them, and half is left for the last: what is
// no worse is taken back in 1 - c of the trials at most, however often it is
// looked at.
//
// A canary has new flows only, the other snapshot older ones as well; after the
// activation it is the one before that keeps only older ones, which have settled
// and earn a little more for that. What is allowed must leave room for it. Rewards
// of the start phase are not counted by the kernel.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "daemon/config/config.h"
#include "daemon/update/slots.h"

namespace liteflow {

// A basis: there were too few rewards or slots.
inline constexpr const char *kTooFew = "too_few";

enum class Outcome { wait, keep, drop };

struct Verdict {
  Outcome outcome = Outcome::wait;
  double before = 0, after = 0;     // mean rewards by slot that were compared
  double difference = 0;            // after - before
  double lower = 0, upper = 0;      // each with that confidence
  double confidence = 0;            // of this look
  double allowed = 0;               // how much worse it may be
  std::uint64_t rewards = 0;        // of the new snapshot, in all of the trial
  std::size_t slots = 0;            // that were compared
  double effective = 0;             // independent ones that they are worth
  std::size_t slots_before = 0;     // of the snapshot before, where they are others
  double effective_before = 0;
  std::string basis;                // concurrent, turns, earlier or too_few
};

// For a log line.
std::string to_string(const Verdict &verdict);

// A canary; slots: since it began, what it and the active snapshot earned.
Verdict judge_canary(const std::vector<Slot> &slots, bool over, const UpdateOptions &options);

// Whether the new snapshot serves in this slot of a trial by turns.
constexpr bool new_ones_turn(std::size_t slot) { return slot % 4 == 0 || slot % 4 == 3; }

// A trial by turns; slots: since it began, each earned in by one of the two.
Verdict judge_turns(const std::vector<Slot> &slots, bool over, const UpdateOptions &options);

// What an activated snapshot has shown before its watch: in a trial, or nothing.
enum class Standing { proved, untried };

// An activated snapshot; slots: since then, what it and the one before earned,
// on flows that kept that. earlier: what the one before earned until then, used
// where there are too few of the former. Before the end the latest slots decide,
// so that a good start doesn't cover up what comes after it.
Verdict judge_watch(const std::vector<Slot> &slots, const std::vector<Reward> &earlier,
                    Standing standing, bool over, const UpdateOptions &options);

}  // namespace liteflow
