// SPDX-License-Identifier: GPL-2.0
// Workload: a kind of host. Two hosts of a kind run other sites, services and
// jobs by their seeds.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "daemon/sched/host.h"
#include "daemon/sched/trace.h"
#include "daemon/training/rng.h"

namespace liteflow::sched {

struct Workload {
  const char *name;
  // site: draws what the host runs; life: what happens on it.
  void (*run)(Trace &trace, std::uint64_t until_us, Rng &site, Rng &life);
  bool control = false;  // sizes are independent of all that is known
};

std::span<const Workload> workloads();

// The flows of a host, in the order of their ends.
std::vector<lf_sched_record> simulate(const Workload &workload, std::uint64_t seed, double seconds);

}  // namespace liteflow::sched
