// SPDX-License-Identifier: GPL-2.0
#include "daemon/aurora/reward.h"

#include <algorithm>

namespace liteflow::aurora {

namespace {

constexpr double kBeyondShare = 0.25;
constexpr double kStanding = 0.1;  // of the RTT: a queue that says that the path is full

// Share of the RTT that is no part of the path's own.
double queueing(const Outcome &o) { return o.rtt > 0 ? 1 - std::min(o.base_rtt / o.rtt, 1.0) : 0; }

}  // namespace

double utilisation(const Outcome &o) {
  const double share = std::max(o.capacity, 1.0) / static_cast<double>(std::max<std::size_t>(o.flows, 1));
  // ACKs that come in lumps make single intervals exceed the capacity; above
  // 1.5 it is measurement, not merit.
  const double u = std::min(o.delivered_rate / share, 1.5);
  return o.flows > 1 && u > 1 ? 1 + kBeyondShare * (u - 1) : u;
}

double fullness(const Outcome &o) { return std::min(queueing(o) / kStanding, 1.0); }

double own_utilisation(const Outcome &o) {
  const double used = utilisation(o);
  return used + fullness(o) * (1 - kBeyondShare) * (1 - used);
}

double reward(const Outcome &o, RewardForm form, const RewardWeights &w) {
  if (form == RewardForm::published)
    return 0.001 * (10 * o.delivered_rate / o.mss - 1000 * o.rtt - 2000 * o.loss);
  const double used = o.together.value_or(utilisation(o));
  if (form == RewardForm::weighted)
    return w.throughput * used + w.latency * (1 - queueing(o)) + w.loss * (1 - o.loss);
  return used - w.latency / w.throughput * queueing(o) - w.loss / w.throughput * o.loss;
}

}  // namespace liteflow::aurora
