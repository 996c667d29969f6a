// SPDX-License-Identifier: GPL-2.0
#include "daemon/aurora/settings.h"

#include <array>
#include <vector>

#include "daemon/training/keys.h"

namespace liteflow::aurora {
namespace {

enum class For { all, one_objective, objectives };

struct Entry {
  Key<Settings> key;
  For whom = For::all;
};

constexpr std::array<Entry, 21> kKeys = {{
    {{"learning_rate", &Settings::learning_rate, 1e-7, 0.1, "Adam step of the policy"}},
    {{"critic_rate", &Settings::critic_rate, 1e-7, 0.1, "Adam step of the critic"}},
    {{"epochs", &Settings::epochs, 1, 100, "policy's passes over the window per update"}},
    {{"critic_epochs", &Settings::critic_epochs, 1, 100, "critic's passes over the window per update"}},
    {{"minibatch", &Settings::minibatch, 1, 1e6, "transitions per gradient step"}},
    {{"window", &Settings::window, 16, 1e6, "transitions kept to learn from"}},
    {{"update_every", &Settings::update_every, 1, 1e6, "new transitions before an update"}},
    {{"warm_up", &Settings::warm_up, 0, 1e9, "transitions that only the critic learns from"}},
    {{"discount", &Settings::discount, 0, 0.9999, "of the reward, per interval"}},
    {{"lambda", &Settings::lambda, 0, 1, "of generalised advantage estimation"}},
    {{"clip", &Settings::clip, 0.01, 1, "PPO's bound on the probability ratio"}},
    {{"max_kl", &Settings::max_kl, 1e-6, 10, "largest change of the policy per update, nats"}},
    {{"max_drift", &Settings::max_drift, 1e-6, 100, "largest distance from the serving snapshot, nats"}},
    {{"anchor", &Settings::anchor, 0, 100, "weight of a nat's distance from the model it began with, where a queue stands"}},
    {{"smoothing", &Settings::smoothing, 1e-4, 1, "weight of a new batch in the stability value"}},
    {{"sigma", &Settings::sigma, 0, 8, "exploration in action units (2.5 % of the rate each)"}},
    {{"throughput", &Settings::throughput, 1e-6, 1e6, "reward weight of delivered rate / capacity"}, For::one_objective},
    {{"latency", &Settings::latency, 0, 1e6, "reward weight of base RTT / RTT"}, For::one_objective},
    {{"loss", &Settings::loss, 0, 1e6, "reward weight of the share not lost"}, For::one_objective},
    {{"capacity_window", &Settings::capacity_window, 0.1, 3600, "seconds of the capacity estimate"}},
    {{"replay", &Settings::replay, 0, 0.9, "share of the loss for an objective seen earlier"}, For::objectives},
}};

std::vector<Key<Settings>> keys(bool objectives) {
  std::vector<Key<Settings>> found;
  for (const Entry &e : kKeys)
    if (e.whom == For::all || (e.whom == For::objectives) == objectives) found.push_back(e.key);
  return found;
}

}  // namespace

Settings settings_of(const std::map<std::string, std::string> &values, const std::string &adapter, bool objectives) {
  return read_keys(values, adapter, keys(objectives));
}

std::string settings_keys(bool objectives) { return describe(keys(objectives)); }

}  // namespace liteflow::aurora
