// SPDX-License-Identifier: GPL-2.0
// Settings of the congestion-control adapters, from the daemon's configuration.
#pragma once

#include <map>
#include <string>

#include "daemon/aurora/adapter.h"
#include "daemon/aurora/reward.h"

namespace liteflow::aurora {

struct Settings {
  double learning_rate = 3e-4, critic_rate = 1e-3, epochs = 2, critic_epochs = 8, minibatch = 512, window = 4096,
         update_every = 256, warm_up = 4096;
  double discount = 0.95, lambda = 0.9, clip = 0.2, max_kl = 0.03, max_drift = 1.0, anchor = 0.3,
         smoothing = 0.05;
  double sigma = kShippedSigma, throughput = RewardWeights{}.throughput, latency = RewardWeights{}.latency,
         loss = RewardWeights{}.loss, capacity_window = 10, replay = 0.5;
};

// adapter: its name, for messages. objectives: the reward's weights come with
// each record (MOCC) and are no keys. Throws Error naming a bad key or value.
Settings settings_of(const std::map<std::string, std::string> &values, const std::string &adapter, bool objectives);

// "key = default  explanation" per line.
std::string settings_keys(bool objectives);

}  // namespace liteflow::aurora
