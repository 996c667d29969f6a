// SPDX-License-Identifier: GPL-2.0
#include "daemon/aurora/reward.h"

#include <algorithm>

namespace liteflow::aurora {

double reward(const Outcome &o, RewardForm form, const RewardWeights &w) {
  if (form == RewardForm::published)
    return 0.001 * (10 * o.delivered_rate / o.mss - 1000 * o.rtt - 2000 * o.loss);
  // ACKs that come in lumps make single intervals exceed the capacity; above
  // 1.5 it is measurement, not merit.
  const double utilisation = std::min(o.delivered_rate / std::max(o.capacity, 1.0), 1.5);
  const double queueing = o.rtt > 0 ? 1 - std::min(o.base_rtt / o.rtt, 1.0) : 0;
  return utilisation - w.latency / w.throughput * queueing - w.loss / w.throughput * o.loss;
}

}  // namespace liteflow::aurora
