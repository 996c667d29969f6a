// SPDX-License-Identifier: GPL-2.0
// What another snapshot would do to a host's flows over its paths: they come to a fluid fabric (fabric.h) as they came,
// whose other hosts send the same at other times and choose evenly, and each goes as the snapshot's scores say then.
#pragma once

#include <cstdint>
#include <memory>

#include "daemon/config/config.h"
#include "daemon/estimator.h"

namespace liteflow {

// options.path_mbit: two rates or more.
std::unique_ptr<Estimator> make_lb_estimator(const EstimateOptions &options, std::uint64_t seed);

}  // namespace liteflow
