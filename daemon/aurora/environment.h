// SPDX-License-Identifier: GPL-2.0
// Environment: an endless row of episodes, each one or several flows over a link
// drawn from the training domain. All of them run the policy in training and
// give it their transitions. An episode ends by time, not by outcome, so that the
// last state's value counts on.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "daemon/aurora/crowd.h"
#include "daemon/aurora/domain.h"
#include "daemon/aurora/flow.h"
#include "daemon/aurora/reward.h"
#include "daemon/aurora/start.h"

namespace liteflow::aurora {

// What the critic sees beside the policy's inputs: where the flow stands.
// Truth in the simulator, estimates from records online.
struct Standing {
  double rate = 1, capacity = 1;        // bytes/s; the fair share of the capacity
  double load = 0;                      // what all flows send over the capacity; 0: as rate / capacity
  double rtt = 0.01, base_rtt = 0.01;   // seconds
  double loss = 0;                      // share in the interval
  double packets = 16;                  // segments delivered in the interval
  double buffer_bdps = 1;               // buffer in BDP, 1 where unknown
};

inline constexpr std::size_t kCriticInputs = kInputs + 7;
// state: kInputs application values. out: kCriticInputs, each of the size of 1.
void critic_inputs(const float *state, const Standing &standing, float *out);

// A flow's interval just ended, against the simulated link's truth.
Outcome outcome_of(const Flow &flow);

using LinkSource = LinkSpec (*)(Rng &);

class Environment {
 public:
  struct Options {
    RewardForm form = RewardForm::scale_free;
    RewardWeights weights;
    bool preference = false;       // the policy gets the weights as its first inputs (MOCC)
    int episode = 400;             // intervals per flow
    LinkSource source = nullptr;   // one flow on its links; nullptr: the training domain
  };
  Environment(std::uint64_t seed, const Options &options);

  // What the flow that decides next sees, and what its critic does: inputs() and
  // critic_inputs() values.
  const float *state() const { return state_.data(); }
  void critic_state(float *out) const;
  std::size_t inputs() const { return options_.preference ? kMoccInputs : kInputs; }
  std::size_t critic_inputs() const { return kCriticInputs + (options_.preference ? kWeights : 0); }
  std::size_t flow() const { return current_; }  // which one it is: below kMostFlows

  // From the next decision on, rewards (and, with a preference, inputs) are by these.
  void set_weights(const RewardWeights &weights);

  // One decision of that flow, then the link runs until any flow's interval is
  // over. That flow decides next; the result tells of its own last decision.
  struct Step {
    bool known = false;  // there was such a decision
    double reward = 0;
    bool usable = true;  // false: the interval or the decision was limited
    bool ended = false;  // the episode is over: read the last state, then reset()
  };
  Step step(double mean, double action, double sigma);
  void reset();
  const lf_cc_record &record() const { return record_; }  // of the decision just taken

 private:
  struct Agent {
    StartPhase start;
    bool decided = false;
    bool usable = true;
  };
  void advance();
  Outcome outcome() const;

  Options options_;
  Rng rng_;
  std::unique_ptr<Crowd> crowd_;
  std::vector<Agent> agents_;
  lf_cc_record record_{};
  std::array<float, kMoccInputs> state_{};
  std::uint64_t flows_ = 0;
  std::size_t current_ = 0;
  int left_ = 0;
};

}  // namespace liteflow::aurora
