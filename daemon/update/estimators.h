// SPDX-License-Identifier: GPL-2.0
// Registry of estimators, by the adapters whose apps they are of.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "daemon/config/config.h"
#include "daemon/estimator.h"

namespace liteflow {

using EstimatorFactory = std::function<std::unique_ptr<Estimator>(const EstimateOptions &options, std::uint64_t seed)>;

// Not thread-safe; call it before the first use.
void register_estimator(const std::string &adapter, EstimatorFactory factory);

// Null if the configuration asks for none. Throws Error where the adapter has none, or naming the option that it lacks.
std::unique_ptr<Estimator> make_estimator(const AppOptions &app);

}  // namespace liteflow
