// SPDX-License-Identifier: GPL-2.0
#include "daemon/update/estimators.h"

#include <fmt/format.h>

#include <map>
#include <utility>

#include "codegen/error.h"

namespace liteflow {
namespace {

std::map<std::string, EstimatorFactory> &known() {
  static std::map<std::string, EstimatorFactory> factories;
  return factories;
}

}  // namespace

void register_estimator(const std::string &adapter, EstimatorFactory factory) { known()[adapter] = std::move(factory); }

std::unique_ptr<Estimator> make_estimator(const AppOptions &app) {
  if (!app.estimate.ask) return nullptr;
  const auto found = known().find(app.adapter);
  if (found == known().end())
    throw Error(fmt::format("app.estimate.ask: adapter \"{}\" has no estimator; take the key away", app.adapter));
  return found->second(app.estimate, static_cast<std::uint64_t>(app.seed));
}

}  // namespace liteflow
