// SPDX-License-Identifier: GPL-2.0
// Records: from the kernel's reports of intervals to what PPO learns from.
//
// Record n of a flow holds the decision taken after interval n; record n + 1
// tells what came of it. A pair with a gap between is no transition.
#pragma once

#include <linux/liteflow.h>

#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

#include "daemon/adapter.h"
#include "daemon/aurora/environment.h"
#include "daemon/aurora/reward.h"

namespace liteflow::aurora {

// Throws Error where app or record size is not this adapter's, or the bytes are
// no whole number of records.
std::vector<lf_cc_record> parse_records(const Batch &batch, const std::string &app = "cc");

// A flow's objective as its records tell it: weights in Q16.16, zeros in app "cc".
using Objective = std::array<std::int32_t, kWeights>;

// The network's inputs of a record, in application units: kMoccInputs values
// with an objective, else kInputs.
void append_inputs(std::vector<float> &to, const lf_cc_record &record, bool objective);

// Consecutive transitions of one flow under one objective.
struct Segment {
  std::string flow;      // host and flow id
  bool goes_on = false;  // the first row follows the last one of the flow's segment before
  Objective objective{};
  std::vector<float> states;         // rows x the network's inputs
  std::vector<float> critic_states;  // (rows + 1) x the critic's: one more for what follows
  std::vector<float> actions, means, sigmas;
  std::vector<float> fullness;       // of the path when the decision was taken
  std::vector<double> rewards;
  std::vector<char> explored;  // the action was drawn and applied as drawn: the policy may learn

  std::size_t rows() const { return rewards.size(); }
  // next: what goes on after this one.
  void append(const Segment &next);
};

// Remembers of every flow its last record and its recent delivery rates.
class FlowTable {
 public:
  struct Options {
    std::string app = "cc";
    bool objectives = false;       // rewards by the records' weights (MOCC's form), which are inputs too
    RewardWeights weights;         // otherwise, scale-free
    double capacity_window = 10;   // seconds
    std::size_t flows = 4096;      // the longest unseen is forgotten beyond that
  };
  explicit FlowTable(const Options &options) : options_(options) {}

  // The transitions that a batch completes. Rewards are in scale-free terms:
  // capacity is the highest smoothed delivery rate of the window.
  std::vector<Segment> take(const Batch &batch);

  std::size_t size() const { return flows_.size(); }

 private:
  struct Rate {
    std::uint64_t time_ns;
    double rate;
  };
  struct State {
    lf_cc_record last{};
    bool known = false;
    bool open = false;         // a segment ends in `last`
    double smooth = 0;         // delivery rate over about four intervals
    std::deque<Rate> maxima;   // falling rates: the front is the window's maximum
    std::uint64_t seen = 0;    // batch number
  };

  void note_rate(State &flow, const lf_cc_record &record) const;
  void extend(Segment &segment, const lf_cc_record &from, const lf_cc_record &to, double capacity) const;
  void append_critic(Segment &segment, const lf_cc_record &record, double capacity) const;
  bool usable(const State &flow, const lf_cc_record &record) const;
  void forget();

  Options options_;
  std::unordered_map<std::string, State> flows_;  // by host and flow id
  std::uint64_t batches_ = 0;
};

}  // namespace liteflow::aurora
