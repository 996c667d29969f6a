// SPDX-License-Identifier: GPL-2.0
// The built-in adapter for app "lb": learns the slowdown of flows over a path from
// those that have ended (daemon/regression/tuner.h), by inverse propensity.
#pragma once

#include <memory>
#include <string>

#include "daemon/adapter.h"

namespace liteflow {

// Loads options.model (TorchScript made by `liteflowd pretrain lb`). Keys of
// options.values: see daemon/regression/settings.cpp.
std::unique_ptr<Adapter> make_lb_adapter(const AdapterOptions &options);

}  // namespace liteflow
