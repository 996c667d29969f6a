// SPDX-License-Identifier: GPL-2.0
#include "daemon/aurora/start.h"

namespace liteflow::aurora {

StartPhase::StartPhase(double share, Rng &rng) {
  const std::size_t warm = 2 + rng.below(2);
  const std::size_t probe = rng.below(4);
  rates_.push_back(share * rng.uniform(0.3, 1.5));
  rates_.insert(rates_.end(), probe, share * 2.0);
  rates_.insert(rates_.end(), warm, share * 0.4);
}

void StartPhase::begin(Flow &flow) {
  flow.force_rate(rates_.back());
  rates_.pop_back();
}

bool StartPhase::advance(Flow &flow) {
  if (rates_.empty()) return false;
  flow.act(0, 0, 0);
  flow.force_rate(rates_.back());
  rates_.pop_back();
  if (rates_.empty()) flow.end_start();
  return true;
}

void start_flow(Flow &flow, Rng &rng) {
  StartPhase phase(flow.link().state().rate, rng);
  phase.begin(flow);
  do flow.advance();
  while (phase.advance(flow));
}

}  // namespace liteflow::aurora
