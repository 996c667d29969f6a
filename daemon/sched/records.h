// SPDX-License-Identifier: GPL-2.0
// Records: from the kernel's reports of ended flows to rows of inputs and log2 of
// the bytes that they came to.
//
// A flow that outgrows its band is asked about again, with the bytes it has sent
// among the inputs (LF_SCHED_SENT). The kernel reports the first question only
// (of the second packet, if the first was not full); of a flow beyond a limit the
// later ones are made up: one row per limit.
#pragma once

#include <linux/liteflow.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <liteflow/interval.h>
#include <liteflow/sched.h>

#include "daemon/adapter.h"
#include "daemon/regression/tuner.h"

namespace liteflow::sched {

inline constexpr std::size_t kInputs = LF_SCHED_INPUTS;

// Where bands end, bytes: what net.liteflow.sched.limits begins with.
inline constexpr std::array<std::uint64_t, LF_SCHED_BANDS - 1> kLimits = {
    10'000, 30'000, 100'000, 300'000, 1'000'000, 3'000'000, 10'000'000};

// Inputs in application units.
std::array<float, kInputs> inputs_of(const lf_sched_record &record);
// log2 of 1 + bytes, as the kernel reckons, and back.
float label_of(std::uint64_t bytes);
double bytes_of(double label);

// Every field is within what lf_sched.ko can report.
bool is_sane(const lf_sched_record &record);

// The sane ones among them, as rows.
regression::Reading read(std::span<const lf_sched_record> records);
// Throws Error where the batch is not of this app, or of another version.
regression::Reading read_batch(const Batch &batch);

const regression::Subject &subject();

}  // namespace liteflow::sched
