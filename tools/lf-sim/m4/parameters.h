// SPDX-License-Identifier: GPL-2.0
// Parameters: what m4's network is told of the transport that all flows of a network use.
#pragma once

#include <cstddef>
#include <vector>

#include "tools/lf-sim/net/settings.h"

namespace liteflow::sim::m4 {

// What the values mean: weights read those that they were trained with.
inline constexpr std::size_t kParameterVersion = 1, kTransports = 4, kParameters = 4 + kTransports;
// log2 / 8 of packets: buffer, window, first window, ECN threshold + 1; one-hot of the transport in the order of
// Congestion. Error naming the value that is out of range.
std::vector<float> parameters_of(const TcpSettings &settings);

}  // namespace liteflow::sim::m4
