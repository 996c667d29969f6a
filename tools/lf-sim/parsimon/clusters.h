// SPDX-License-Identifier: GPL-2.0
// Clusters: links that carry much the same, of which one is simulated for all (Parsimon, section 4.2).
//
// Links are alike if the quantiles of their flows' sizes and of the gaps between these differ little and so do their
// loads; and if they have the same rate and place, at the sources, at the destinations or between. The first link that
// is in no cluster begins one, and all that are like it and in none join.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "tools/lf-sim/net/topology.h"

namespace liteflow::sim::parsimon {

inline constexpr std::size_t kQuantiles = 1000;

struct Likeness {
  double distributions = 0.1;  // below it: sum of differences of quantiles / sum of the first link's quantiles
  double load = 0.005;         // below it: difference of the loads
};

void check(const Likeness &likeness);  // Error that names what is out of range

struct Quantiles {
  std::vector<float> values;  // kQuantiles, rising; empty with fewer than two flows
  double sum = 0;
};

struct Traits {
  Quantiles sizes, gaps;  // bytes and ns
  double load = 0;        // bits of payload between the first and the last start / what the link can send
  double rate = 0;        // bits/ns
  int place = 0;
};

// Of the flows on a link by start: bytes and starts in ns.
Traits traits_of(std::vector<double> bytes, const std::vector<double> &starts_ns, double rate, int place);

bool alike(const Traits &first, const Traits &other, const Likeness &likeness);

// For each of the traits the one that stands for it, itself perhaps.
std::vector<std::size_t> cluster(std::span<const Traits> traits, const Likeness &likeness);

}  // namespace liteflow::sim::parsimon
