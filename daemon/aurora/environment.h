// SPDX-License-Identifier: GPL-2.0
// Environment: an endless row of episodes, each a flow over a link drawn from
// the training domain. An episode ends by time, not by outcome, so that the
// last state's value counts on.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "daemon/aurora/domain.h"
#include "daemon/aurora/flow.h"
#include "daemon/aurora/reward.h"

namespace liteflow::aurora {

// What the critic sees beside the policy's inputs: where the flow stands.
// Truth in the simulator, estimates from records online.
struct Standing {
  double rate = 1, capacity = 1;        // bytes/s
  double rtt = 0.01, base_rtt = 0.01;   // seconds
  double loss = 0;                      // share in the interval
  double packets = 16;                  // segments delivered in the interval
  double buffer_bdps = 1;               // buffer in BDP, 1 where unknown
};

inline constexpr std::size_t kCriticInputs = kInputs + 6;
void critic_inputs(const float *state, const Standing &standing, float *out);

// The interval just ended, against the simulated link's truth.
Outcome outcome_of(const Flow &flow);

using LinkSource = LinkSpec (*)(Rng &);

class Environment {
 public:
  struct Options {
    RewardForm form = RewardForm::scale_free;
    RewardWeights weights;
    int episode = 400;             // intervals
    LinkSource source = nullptr;   // nullptr: the training domain
  };
  Environment(std::uint64_t seed, const Options &options);

  const float *state() const { return state_.data(); }
  void critic_state(float *out) const;

  // One decision and the interval after it.
  struct Step {
    double reward = 0;
    bool usable = true;  // false: the interval or the decision was limited
    bool ended = false;  // the episode is over: read the last state, then reset()
  };
  Step step(double mean, double action, double sigma);
  void reset();
  const lf_cc_record &record() const { return record_; }

 private:
  Options options_;
  Rng rng_;
  std::unique_ptr<Flow> flow_;
  lf_cc_record record_{};
  std::array<float, kInputs> state_{};
  std::uint64_t flows_ = 0;
  int left_ = 0;
};

}  // namespace liteflow::aurora
