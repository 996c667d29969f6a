// SPDX-License-Identifier: GPL-2.0
// The built-in adapter for congestion control: tunes Aurora's policy by PPO on
// the kernel's records.
//
// What keeps online tuning harmless:
//  - records say what policy they came from (mean, sigma), so each counts by
//    its importance weight, truncated, and PPO's clip bounds every step;
//  - an update that moves the policy further than max_kl is taken back, and so
//    is one that takes it further than max_drift from the snapshot that served;
//  - without exploration (sigma 0) only the critic learns; the policy also
//    waits until the critic has seen `warm_up` transitions and explains some
//    of what it sees.
// A decision that the kernel's safety rules changed teaches the policy nothing;
// where they change a third of them, tuning is many times slower.
#pragma once

#include <memory>
#include <string>

#include "daemon/adapter.h"

namespace liteflow {

// Exploration that ships, in action units: 0.7 changes a rate by 1.75 % (one
// standard deviation), less than the policy's own ripple.
inline constexpr double kShippedSigma = 0.7;

// Loads options.model (TorchScript made by pretraining). Keys of options.values
// (all numbers; unknown ones throw Error): see kKeys in adapter.cpp.
std::unique_ptr<Adapter> make_aurora_adapter(const AdapterOptions &options);

// "key = default  explanation" per line, for documentation and --help.
std::string aurora_adapter_keys();

}  // namespace liteflow
