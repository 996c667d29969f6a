// SPDX-License-Identifier: GPL-2.0
// The built-in adapter for app "cc": tunes Aurora's policy (tuner.h).
#pragma once

#include <memory>
#include <string>

#include "daemon/adapter.h"

namespace liteflow {

// Exploration that ships, in action units: 0.7 changes a rate by 1.75 % (one
// standard deviation), less than the policy's own ripple.
inline constexpr double kShippedSigma = 0.7;

// Loads options.model (TorchScript made by pretraining). Keys of options.values
// (all numbers; unknown ones throw Error): see settings.cpp.
std::unique_ptr<Adapter> make_aurora_adapter(const AdapterOptions &options);

// "key = default  explanation" per line, for documentation and --help.
std::string aurora_adapter_keys();

}  // namespace liteflow
