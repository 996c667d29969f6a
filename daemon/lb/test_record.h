// SPDX-License-Identifier: GPL-2.0
// A record as lf_lb.ko would send it, for tests to spoil.
#pragma once

#include <cstdint>

#include "daemon/lb/records.h"

namespace liteflow::lb {

inline lf_lb_record record(std::uint32_t duration_us, std::uint32_t ideal_us) {
  lf_lb_record r{};
  r.flow = 7;
  r.snapshot = 1;
  r.time_ns = 1'000'000'000;
  r.bytes = 20'000;
  r.duration_us = duration_us;
  r.ideal_us = ideal_us;
  r.netns = 1;
  r.flags = LF_LB_FLAG_DECIDED | LF_LB_FLAG_CLOSED;
  r.mark = 1;
  r.paths = 4;
  r.probability = LF_ONE / 4;
  r.mean = LF_ONE;
  r.state[LF_LB_LONGER] = LF_ONE / 4;
  r.state[LF_LB_QUEUE] = LF_ONE;
  r.state[LF_LB_LOSS] = LF_ONE / 100;
  r.state[LF_LB_RATE] = lf_log2(2'000'000);
  r.state[LF_LB_FLOWS] = lf_log2(3);
  r.state[LF_LB_IN_FLIGHT] = lf_log2(60'000);
  r.state[LF_LB_SLOWER] = lf_log2(4) / 2;
  r.state[LF_LB_CAPACITY] = lf_log2(1);
  r.state[LF_LB_AGE] = lf_log2(500);
  r.state[LF_LB_SIZE] = lf_log2(20'000);
  return r;
}

}  // namespace liteflow::lb
