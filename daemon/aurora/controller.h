// SPDX-License-Identifier: GPL-2.0
// Controllers that the validation compares, all over the same simulated links:
// a policy, a constant action, and two reference controllers in the manner of
// the kernel's CUBIC and BBR. The references decide once per interval from the
// same measurements; they are yardsticks for the simulator, not the originals.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "daemon/aurora/domain.h"
#include "daemon/aurora/flow.h"
#include "daemon/aurora/reward.h"

namespace liteflow::aurora {

class Controller {
 public:
  virtual ~Controller() = default;
  // share: bytes/s, the capacity over the flows that will be there.
  virtual void start(Flow &flow, double share, Rng &rng) = 0;
  // After an interval: decide and begin the next one. Returns the record's flags.
  virtual std::uint32_t decide(Flow &flow, Rng &rng) = 0;
  // The last decision was its own and not yet its start phase's.
  virtual bool in_charge() const { return true; }
};

// The network's inputs in application values -> mean action.
using Policy = std::function<double(const float *state)>;
using MakeController = std::function<std::unique_ptr<Controller>()>;

// objective: MOCC's, given to the policy as its first inputs.
std::unique_ptr<Controller> policy_controller(Policy policy, double sigma,
                                              const std::optional<RewardWeights> &objective = {});
std::unique_ptr<Controller> cubic_like();
std::unique_ptr<Controller> bbr_like();

struct Figures {
  double utilisation = 0;      // delivered by all flows / capacity, after the warm-up
  double queue_ms = 0;         // mean time in the bottleneck's queue
  double queue_share = 0;      // the same over the base RTT
  double drop_share = 0;       // packets dropped by the full buffer / sent
  double settle_seconds = 0;   // until 90 % of the capacity was delivered over 4 intervals; -1 never
  double jain = 1;             // fairness of what the flows delivered after the warm-up: 1/flows to 1
  double reward = 0;           // mean over decisions of all flows
  double clamped_share = 0;    // decisions that a safety rule changed
};

// What rewards are reckoned by.
struct Judge {
  RewardForm form = RewardForm::scale_free;
  RewardWeights weights;
};

// Every flow of the scenario gets a controller of its own. Warm-up: 2 s, on a
// shared link half of the time.
Figures run_scenario(const Scenario &scenario, const MakeController &make, const Judge &judge = {});

}  // namespace liteflow::aurora
