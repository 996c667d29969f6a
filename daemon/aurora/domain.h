// SPDX-License-Identifier: GPL-2.0
// Domain: which links the shipped network is trained and validated on.
//
// Stated in packets per bandwidth-delay product (BDP), because state and action
// are scale-free: 4 to a few thousand packets. Rates 1-200 Mbit/s, RTT
// 5-200 ms, buffers 1/4-4 BDP, random loss 0-2 %, links that change by x1/2 to
// x2 in rate and RTT while a connection lives.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "daemon/aurora/flow.h"
#include "daemon/aurora/link.h"
#include "daemon/aurora/rng.h"

namespace liteflow::aurora {

// Most packets that are simulated per interval; more are scaled down.
inline constexpr double kPacketsPerInterval = 256;

// A draw from the training distribution. `seconds` is the expected length of
// the connection, over which changes are spread.
LinkSpec draw_training_link(Rng &rng, double seconds_per_rtt);

// A spec's unit (segments per simulated packet) for kPacketsPerInterval.
void set_unit(LinkSpec &spec);

// Start a flow as the kernel's start phase leaves it: the path measured at low
// rate, perhaps a queue from probing too fast, then 0.3-1.5 of the capacity.
void start_flow(Flow &flow, Rng &rng);

struct Scenario {
  std::string environment;  // class it is reported under
  LinkSpec link;
  double seconds = 20;
  std::uint64_t seed = 1;
};

// Named classes of links, drawn apart from the training links (own generator,
// and target paths that training never draws exactly). The validation set
// chooses the seed that ships; the test set, other paths and other draws, has
// no part in any choice.
std::vector<Scenario> validation_set(bool quick);
std::vector<Scenario> test_set(bool quick);

}  // namespace liteflow::aurora
