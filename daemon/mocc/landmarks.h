// SPDX-License-Identifier: GPL-2.0
// Landmarks: the objectives that MOCC is trained on (Ma et al., "Multi-Objective
// Congestion Control", EuroSys 2022), and the order in which they are visited.
#pragma once

#include <cstddef>
#include <vector>

#include "daemon/aurora/reward.h"
#include "daemon/aurora/train.h"

namespace liteflow::mocc {

using aurora::RewardWeights;

// All weights on a grid of 0.1, each above 0, that sum to 1: 36.
std::vector<RewardWeights> landmarks();

// The bootstrapping objectives, as indices into landmarks():
// throughput <.6,.3,.1>, latency <.1,.6,.3>, loss <.3,.1,.6>.
std::vector<std::size_t> bootstraps();

// Indices of all landmarks by their distance from the nearest bootstrapping
// objective (Dijkstra's order; neighbours differ by moving 0.1 from one weight
// to another), nearest first.
std::vector<std::size_t> traversal();

// Two phases. Bootstrapping: in the first half of the updates the environments
// share the bootstrapping objectives evenly. Transfer: every `stay` updates the
// next landmark of the traversal, round and round, in half of the environments;
// the others replay landmarks visited before, so that none is forgotten.
aurora::Curriculum neighbourhood_transfer(std::size_t stay);

}  // namespace liteflow::mocc
