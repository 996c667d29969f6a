// SPDX-License-Identifier: GPL-2.0
// The built-in adapter for app "sched": learns the sizes of flows from those that
// have ended (daemon/regression/tuner.h).
#pragma once

#include <memory>
#include <string>

#include "daemon/adapter.h"

namespace liteflow {

// Loads options.model (TorchScript made by `liteflowd pretrain sched`). Keys of
// options.values: see daemon/regression/settings.cpp.
std::unique_ptr<Adapter> make_sched_adapter(const AdapterOptions &options);

// "key = default  explanation" per line, for documentation and --help.
std::string sched_adapter_keys();

}  // namespace liteflow
