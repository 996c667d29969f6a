// SPDX-License-Identifier: GPL-2.0
// Settings of the adapters that learn labels, from the daemon's configuration.
#pragma once

#include <map>
#include <string>

namespace liteflow::regression {

struct Settings {
  double learning_rate = 1e-3, epochs = 8, minibatch = 256, window = 8192, holdout = 0.1, update_every = 256,
         warm_up = 256, anchor = 0.01, delta = 1, smoothing = 0.05;
};

// adapter: its name, for messages. Throws Error naming a bad key or value.
Settings settings_of(const std::map<std::string, std::string> &values, const std::string &adapter);

// "key = default  explanation" per line.
std::string settings_keys();

}  // namespace liteflow::regression
