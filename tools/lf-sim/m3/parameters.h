// SPDX-License-Identifier: GPL-2.0
// Parameters: what m3's network is told of a path and of the transport that its flows use.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "tools/lf-sim/m3/paths.h"
#include "tools/lf-sim/net/settings.h"

namespace liteflow::sim::m3 {

// What the values mean, and how many there are: a network reads those that it was trained with.
enum class Layout : int {
  published = 0,  // m3's 19: of RDMA transports
  tcp = 1,        // ours, version 1, of the transports that we simulate
};
std::size_t size_of(Layout layout);

// Layout::tcp: links / 4; then log2 / 8 of packets: bandwidth-delay product (the path's slowest link and its round trip
// with a packet at each hop), buffer, window, ECN threshold + 1; one-hot of the transport in the order of Congestion.
// Error naming the setting that is out of range.
std::vector<float> parameters_of(const TcpSettings &settings, const Lot &lot);

// Layout::published, of the 15 values in a published param_*.npy: one-hot of 2, 4 and 6 links; bandwidth-delay product
// in packets (5, 10, 15); buffer in 10 kB; window in kB; PFC, no PFC; one-hot of DCTCP, DCQCN, HPCC, TIMELY; DCTCP's K;
// DCQCN's Kmin, Kmax; HPCC's eta in percent, additive increase / 10; TIMELY's Tlow, Thigh in us.
// nodes: of the lot; source: what an Error names.
std::vector<float> published_parameters(std::span<const double> values, std::size_t nodes, const std::string &source);

}  // namespace liteflow::sim::m3
