// SPDX-License-Identifier: GPL-2.0
// Environment: the path that every connection of the bench has, phase by phase.
#pragma once

#include <string>
#include <vector>

#include "daemon/aurora/link.h"

namespace liteflow::bench {

struct Phase {
  std::string name;
  double rate = 0;      // bit/s
  double base_rtt = 0;  // seconds
};

// Rate and RTT step by 4, each way; the last two phases are the first two again.
const std::vector<Phase> &phases();
inline constexpr double kPhaseSeconds = 30;

// The path from a point in time on, for a connection that begins then.
aurora::LinkSpec path_from(double time);

}  // namespace liteflow::bench
