// SPDX-License-Identifier: GPL-2.0
// A record as lf_sched.ko would send it, for tests to spoil.
#pragma once

#include <cstdint>

#include "daemon/sched/records.h"

namespace liteflow::sched {

inline lf_sched_record record(std::uint64_t bytes) {
  lf_sched_record r{};
  r.flow = 7;
  r.time_ns = 1'000'000'000;
  r.bytes = bytes;
  r.duration_us = 500;
  r.netns = 1;
  r.flags = LF_SCHED_FLAG_CLOSED;
  r.port = 80;
  r.state[LF_SCHED_QUEUED] = lf_log2(bytes);
  r.state[LF_SCHED_RECEIVED] = lf_log2(400);
  r.state[LF_SCHED_GAP] = lf_log2(20'000);
  r.state[LF_SCHED_SIZES] = lf_log2(3000);
  r.state[LF_SCHED_SIZES + 1] = lf_log2(900);
  r.state[LF_SCHED_MEAN] = (lf_log2(3000) + lf_log2(900)) / 2;
  r.state[LF_SCHED_CGROUP] = lf_log2(2000);
  r.state[LF_SCHED_PASSIVE] = LF_ONE;
  r.state[LF_SCHED_WELL_KNOWN] = LF_ONE;
  return r;
}

}  // namespace liteflow::sched
