// SPDX-License-Identifier: GPL-2.0
// What another snapshot would do to a host's flows on the link that it sends over (link.h): each goes in the band that
// the snapshot predicts of it.
#pragma once

#include <cstdint>
#include <memory>

#include "daemon/config/config.h"
#include "daemon/estimator.h"

namespace liteflow {

std::unique_ptr<Estimator> make_sched_estimator(const EstimateOptions &options, std::uint64_t seed);

}  // namespace liteflow
