// SPDX-License-Identifier: GPL-2.0
// An RPC service with three methods on one port (look something up, fetch much,
// store much), of which the host is server or client.
#pragma once

#include <cstdint>

#include "daemon/sched/trace.h"
#include "daemon/training/rng.h"

namespace liteflow::sched {

// service: draws what the service is; life: what its callers do.
void call(Trace &trace, std::uint64_t until_us, Rng &service, Rng &life);

}  // namespace liteflow::sched
