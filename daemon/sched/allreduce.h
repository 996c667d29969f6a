// SPDX-License-Identifier: GPL-2.0
// Data-parallel training of three models that share their ports: each iteration
// sums the gradients in buckets around a ring, as PyTorch's DDP does over Gloo.
#pragma once

#include <cstdint>

#include "daemon/sched/trace.h"
#include "daemon/training/rng.h"

namespace liteflow::sched {

// jobs: draws what is trained; life: how long it takes each time.
void all_reduce(Trace &trace, std::uint64_t until_us, Rng &jobs, Rng &life);

}  // namespace liteflow::sched
