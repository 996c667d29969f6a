// SPDX-License-Identifier: GPL-2.0
// Features: distributions of slowdowns by size, what m3's network reads and what it answers (m3, section 3.3).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "tools/lf-sim/m3/paths.h"
#include "tools/lf-sim/net/completions.h"

namespace liteflow::sim::m3 {

inline constexpr std::size_t kPercentiles = 100;  // 1 to 100
// Input buckets of sizes, bytes, left-closed as those of the output (net/completions.h).
inline constexpr std::uint64_t kBucketEdges[] = {250, 500, 750, 1000, 2000, 5000, 7500, 10000, 50000};
inline constexpr std::size_t kBuckets = 10;
inline constexpr std::size_t kMap = kBuckets * kPercentiles;         // values of a feature map
inline constexpr std::size_t kOutputs = kSizeClasses * kPercentiles;
std::size_t bucket_of(std::uint64_t bytes);

// Percentiles of sorted values, the nearest one of which is taken, of two as near that of the even rank: what numpy
// calls "nearest". sorted: not empty. out: kPercentiles values.
void nearest_percentiles(std::span<const double> sorted, std::span<float> out);

// A flow on a lot as the features see it.
struct Seen {
  double slowdown = 1;  // >= 1
  std::uint64_t bytes = 0;
  std::uint32_t first = 0, last = 0;  // as in Part
  std::uint32_t part = 0;             // which one of the lot's it is
  bool foreground = false;
};

// Slowdowns of the output's size classes: kOutputs percentiles, class by class, 0 where a class has no flows.
struct Distribution {
  std::array<float, kOutputs> values{};
  std::array<std::uint32_t, kSizeClasses> flows{};
};

// A path as the network reads it.
struct Features {
  std::size_t links = 0;
  // Feature maps of kMap values, bucket by bucket: that of the foreground, then of each link's background. A bucket
  // without flows is 0, which no slowdown is.
  std::vector<float> maps;
  Distribution foreground;  // flowSim's answer to what the network is asked
};

// seen: by slowdown, the least first (as sort() leaves it).
void sort(std::vector<Seen> &seen);
Features features_of(std::size_t links, std::span<const Seen> seen);

// Of all parts of a lot, by slowdown; slowdowns: of each part.
std::vector<Seen> seen_of(const Lot &lot, const std::vector<double> &slowdowns);

// Only the slowdowns and sizes count; by slowdown.
Distribution distribution_of(std::span<const Seen> seen);

}  // namespace liteflow::sim::m3
