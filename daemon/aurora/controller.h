// SPDX-License-Identifier: GPL-2.0
// Controllers that the validation compares, all over the same simulated links:
// a policy, a constant action, and two reference controllers in the manner of
// the kernel's CUBIC and BBR. The references decide once per interval from the
// same measurements; they are yardsticks for the simulator, not the originals.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "daemon/aurora/domain.h"
#include "daemon/aurora/flow.h"

namespace liteflow::aurora {

class Controller {
 public:
  virtual ~Controller() = default;
  virtual void start(Flow &flow, Rng &rng) = 0;
  // After an interval: decide and begin the next one. Returns the record's flags.
  virtual std::uint32_t decide(Flow &flow, Rng &rng) = 0;
};

// state (30 application values) -> mean action.
using Policy = std::function<double(const float *state)>;

std::unique_ptr<Controller> policy_controller(Policy policy, double sigma);
std::unique_ptr<Controller> cubic_like();
std::unique_ptr<Controller> bbr_like();

struct Figures {
  double utilisation = 0;      // delivered / capacity, after the first 2 s
  double queue_ms = 0;         // mean time in the bottleneck's queue
  double queue_share = 0;      // the same over the base RTT
  double drop_share = 0;       // packets dropped by the full buffer / sent
  double settle_seconds = 0;   // until 90 % of the capacity was delivered over 4 intervals; -1 never
  double reward = 0;           // scale-free form, mean over decisions
  double clamped_share = 0;    // decisions that a safety rule changed
};

Figures run_scenario(const Scenario &scenario, Controller &controller);

}  // namespace liteflow::aurora
