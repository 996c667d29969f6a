// SPDX-License-Identifier: GPL-2.0
#include "daemon/regression/settings.h"

#include "daemon/training/keys.h"

namespace liteflow::regression {
namespace {

const std::vector<Key<Settings>> &keys() {
  using S = Settings;
  static const std::vector<Key<Settings>> all{
      {"learning_rate", &S::learning_rate, 1e-7, 0.1, "Adam step"},
      {"epochs", &S::epochs, 1, 100, "passes over the window per update"},
      {"minibatch", &S::minibatch, 1, 1e6, "rows per gradient step"},
      {"window", &S::window, 16, 1e6, "rows kept to learn from"},
      {"holdout", &S::holdout, 0.01, 0.5, "share of the window, its latest, that judges an update"},
      {"update_every", &S::update_every, 1, 1e6, "new records before an update"},
      {"warm_up", &S::warm_up, 0, 1e9, "records before the first update"},
      {"anchor", &S::anchor, 0, 100, "weight of the squared distance from the model that it began with"},
      {"delta", &S::delta, 0.01, 40, "error where the loss becomes linear, label units"},
      {"smoothing", &S::smoothing, 1e-4, 1, "weight of a new batch in the stability value"},
  };
  return all;
}

}  // namespace

Settings settings_of(const std::map<std::string, std::string> &values, const std::string &adapter) {
  return read_keys(values, adapter, keys());
}

std::string settings_keys() { return describe(keys()); }

}  // namespace liteflow::regression
