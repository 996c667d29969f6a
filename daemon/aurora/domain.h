// SPDX-License-Identifier: GPL-2.0
// Domain: which links the shipped networks are trained and validated on.
//
// Stated in packets per bandwidth-delay product (BDP), because state and action
// are scale-free: 4 to 50,000 per link. It is met by rates of 1 Mbit/s to
// 10 Gbit/s and RTTs of 1 to 200 ms; buffers 1/4-4 BDP, random loss 0-2 %, links
// that change by x1/4 to x4 in rate and RTT while a connection lives, and one to
// eight flows on a link, whose RTTs differ by up to x4 on half of those shared.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "daemon/aurora/flow.h"
#include "daemon/aurora/link.h"
#include "daemon/training/rng.h"

namespace liteflow::aurora {

// Most packets that are simulated per interval; more are scaled down.
inline constexpr double kPacketsPerInterval = 256;

inline constexpr double kLeastBdp = 4, kMostBdp = 50'000;   // packets
inline constexpr double kLeastRate = 1e6, kMostRate = 10e9;  // bit/s
inline constexpr double kLeastRtt = 0.001, kMostRtt = 0.2;   // seconds
inline constexpr std::size_t kMostFlows = 8;

// A draw from the training distribution for so many flows, of which each gets
// kLeastBdp at least. The connection lasts `rtts` base RTTs, over which changes
// are spread.
LinkSpec draw_training_link(Rng &rng, double rtts, std::size_t flows = 1);

// How many flows a link has, and when each joins (seconds): half of the links
// have one; half of the others' join in the first half of `seconds`.
std::size_t draw_flows(Rng &rng);
std::vector<double> draw_joins(Rng &rng, std::size_t flows, double seconds);

// A spec's unit (segments per simulated packet) for kPacketsPerInterval, in
// whatever state the link comes to.
void set_unit(LinkSpec &spec);

struct Scenario {
  std::string environment;  // class it is reported under
  LinkSpec link;
  double seconds = 20;
  std::uint64_t seed = 1;
  std::vector<double> joins = {0};  // one flow each, seconds
};

// Named classes of links, drawn apart from the training links (own generator,
// and target paths that training never draws exactly). The validation set
// chooses the seed that ships; the test set, other paths and other draws, has
// no part in any choice.
std::vector<Scenario> validation_set(bool quick);
std::vector<Scenario> test_set(bool quick);

}  // namespace liteflow::aurora
