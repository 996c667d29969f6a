// SPDX-License-Identifier: GPL-2.0
// Records: from the kernel's reports of ended flows to rows of a path's figures and
// log2 of the slowdown that the flow had over it.
//
// A path that is seldom chosen is seldom heard of. A row weighs by the inverse of
// the probability with which its path was taken, so that learning sees all paths
// as if each flow had taken one of them evenly; at most kMostWeight, since a
// single flow over an unlikely path must not outweigh a window.
#pragma once

#include <linux/liteflow_lb.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include <liteflow/interval.h>
#include <liteflow/lb.h>

#include "daemon/adapter.h"
#include "daemon/regression/tuner.h"

namespace liteflow::lb {

inline constexpr std::size_t kInputs = LF_LB_INPUTS;
inline constexpr float kMostWeight = 8;

// Inputs in application units.
std::array<float, kInputs> inputs_of(const std::int32_t *state);
// log2 of a time over the time on an empty network, at least 0.
float label_of(std::uint64_t duration_us, std::uint64_t ideal_us);

// Every field is within what lf_lb.ko can report.
bool is_sane(const lf_lb_record &record);
// What came of the flow is one path's alone, and it is known how that was chosen.
bool is_telling(const lf_lb_record &record);

regression::Reading read(std::span<const lf_lb_record> records);
// Throws Error where the batch is not of this app, or of another version.
regression::Reading read_batch(const Batch &batch);

const regression::Subject &subject();

}  // namespace liteflow::lb
