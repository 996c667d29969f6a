// SPDX-License-Identifier: GPL-2.0
#include "daemon/aurora/report.h"

#include <algorithm>

namespace liteflow::aurora {

Validation validate(const std::vector<Scenario> &set, const MakeController &make, const Judge &judge) {
  Validation result;
  for (const Scenario &scenario : set) {
    const Figures f = run_scenario(scenario, make, judge);
    auto [it, fresh] = result.try_emplace(scenario.environment);
    ClassFigures &c = it->second;
    if (fresh) c.worst_utilisation = c.worst_reward = c.worst_jain = 1e9;
    if (fresh) c.mean.jain = 0;
    c.scenarios++;
    c.mean.utilisation += f.utilisation;
    c.mean.queue_ms += f.queue_ms;
    c.mean.queue_share += f.queue_share;
    c.mean.drop_share += f.drop_share;
    c.mean.jain += f.jain;
    c.mean.reward += f.reward;
    c.mean.clamped_share += f.clamped_share;
    c.mean.settle_seconds += f.settle_seconds < 0 ? scenario.seconds : f.settle_seconds;
    c.worst_utilisation = std::min(c.worst_utilisation, f.utilisation);
    c.worst_queue_share = std::max(c.worst_queue_share, f.queue_share);
    c.worst_jain = std::min(c.worst_jain, f.jain);
    c.worst_reward = std::min(c.worst_reward, f.reward);
  }
  for (auto &[name, c] : result)
    for (double *v : {&c.mean.utilisation, &c.mean.queue_ms, &c.mean.queue_share, &c.mean.drop_share, &c.mean.jain, &c.mean.reward,
                      &c.mean.clamped_share, &c.mean.settle_seconds})
      *v /= c.scenarios;
  return result;
}

double score(const Validation &validation) {
  double sum = 0;
  for (const auto &[name, c] : validation) sum += (2 * c.mean.reward + c.worst_reward) / 3;
  return validation.empty() ? 0 : sum / static_cast<double>(validation.size());
}

}  // namespace liteflow::aurora
