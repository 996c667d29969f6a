// SPDX-License-Identifier: GPL-2.0
// Choosers: with which probability a flow is sent over each path, by what the host
// knows or, for comparison, by what it doesn't. As kmod/lb/choose.c draws.
#pragma once

#include <span>
#include <vector>

#include "daemon/lb/probe.h"

namespace liteflow::lb {

inline constexpr double kSharpness = 8;  // what net.liteflow.lb.sharpness begins with

// scores: the network's, by path; only those that ask it use them.
using Shares = std::vector<double>;
// By softmax of the network's scores, the least of which is the best.
Shares softmax_shares(std::span<const float> scores);
struct Chooser {
  const char *name;
  Shares (*choose)(const Probe &probe, std::span<const float> scores);
};
std::span<const Chooser> choosers();
inline constexpr const char *kEcmp = "ECMP", *kNetwork = "network, softmax";

// What flows come to.
struct Slowdowns {
  double middle = 0;  // geometric mean
  double mean = 0, p99 = 0;
};
// scores: of each probe.
Slowdowns slowdowns(const std::vector<Probe> &probes, const std::vector<std::vector<float>> &scores,
                    const Chooser &chooser);

}  // namespace liteflow::lb
