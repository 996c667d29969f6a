// SPDX-License-Identifier: GPL-2.0
#include "daemon/aurora/settings.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <stdexcept>

#include <fmt/format.h>

#include "codegen/error.h"

namespace liteflow::aurora {
namespace {

enum class For { all, one_objective, objectives };

struct Key {
  const char *name;
  double Settings::*value;
  double least, most;
  const char *meaning;
  For whom = For::all;
};

constexpr std::array<Key, 21> kKeys = {{
    {"learning_rate", &Settings::learning_rate, 1e-7, 0.1, "Adam step of the policy"},
    {"critic_rate", &Settings::critic_rate, 1e-7, 0.1, "Adam step of the critic"},
    {"epochs", &Settings::epochs, 1, 100, "policy's passes over the window per update"},
    {"critic_epochs", &Settings::critic_epochs, 1, 100, "critic's passes over the window per update"},
    {"minibatch", &Settings::minibatch, 1, 1e6, "transitions per gradient step"},
    {"window", &Settings::window, 16, 1e6, "transitions kept to learn from"},
    {"update_every", &Settings::update_every, 1, 1e6, "new transitions before an update"},
    {"warm_up", &Settings::warm_up, 0, 1e9, "transitions that only the critic learns from"},
    {"discount", &Settings::discount, 0, 0.9999, "of the reward, per interval"},
    {"lambda", &Settings::lambda, 0, 1, "of generalised advantage estimation"},
    {"clip", &Settings::clip, 0.01, 1, "PPO's bound on the probability ratio"},
    {"max_kl", &Settings::max_kl, 1e-6, 10, "largest change of the policy per update, nats"},
    {"max_drift", &Settings::max_drift, 1e-6, 100, "largest distance from the serving snapshot, nats"},
    {"anchor", &Settings::anchor, 0, 100, "weight of a nat's distance from the model it began with, where a queue stands"},
    {"smoothing", &Settings::smoothing, 1e-4, 1, "weight of a new batch in the stability value"},
    {"sigma", &Settings::sigma, 0, 8, "exploration in action units (2.5 % of the rate each)"},
    {"throughput", &Settings::throughput, 1e-6, 1e6, "reward weight of delivered rate / capacity", For::one_objective},
    {"latency", &Settings::latency, 0, 1e6, "reward weight of base RTT / RTT", For::one_objective},
    {"loss", &Settings::loss, 0, 1e6, "reward weight of the share not lost", For::one_objective},
    {"capacity_window", &Settings::capacity_window, 0.1, 3600, "seconds of the capacity estimate"},
    {"replay", &Settings::replay, 0, 0.9, "share of the loss for an objective seen earlier", For::objectives},
}};

bool applies(const Key &key, bool objectives) {
  return key.whom == For::all || (key.whom == For::objectives) == objectives;
}

double number(const std::string &adapter, const std::string &key, const std::string &text) {
  std::size_t used = 0;
  double v = std::numeric_limits<double>::quiet_NaN();
  try {
    v = std::stod(text, &used);
  } catch (const std::logic_error &) {
  }
  if (used != text.size() || !std::isfinite(v))
    throw Error(fmt::format("{}: {} = {}: not a number", adapter, key, text));
  return v;
}

}  // namespace

Settings settings_of(const std::map<std::string, std::string> &values, const std::string &adapter, bool objectives) {
  Settings s;
  for (const auto &[name, text] : values) {
    const auto key = std::find_if(kKeys.begin(), kKeys.end(),
                                  [&](const Key &k) { return name == k.name && applies(k, objectives); });
    if (key == kKeys.end())
      throw Error(fmt::format("{}: unknown key \"{}\"; known keys:\n{}", adapter, name, settings_keys(objectives)));
    const double v = number(adapter, name, text);
    if (v < key->least || v > key->most)
      throw Error(fmt::format("{}: {} = {}: must lie in [{}, {}]", adapter, name, text, key->least, key->most));
    s.*(key->value) = v;
  }
  return s;
}

std::string settings_keys(bool objectives) {
  const Settings defaults;
  std::string text;
  for (const Key &k : kKeys)
    if (applies(k, objectives))
      text += fmt::format("  {} = {}  {}, in [{}, {}]\n", k.name, defaults.*(k.value), k.meaning, k.least, k.most);
  return text;
}

}  // namespace liteflow::aurora
