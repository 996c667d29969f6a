// SPDX-License-Identifier: GPL-2.0
// Sizes: distributions of what is transferred, as published, a tenth of it and at
// most 3 MB: what a test bed of 100 Mbit/s can carry often enough.
#pragma once

#include <cstdint>
#include <span>

#include "daemon/training/rng.h"

namespace liteflow {

enum class Sizes {
  web_search,   // Alizadeh et al., "Data Center TCP", SIGCOMM 2010
  data_mining,  // Greenberg et al., "VL2", SIGCOMM 2009
};

struct SizePoint {
  double bytes, share;  // of the flows that are not larger
};
// As published; between points linear.
std::span<const SizePoint> size_points(Sizes sizes);
double quantile(std::span<const SizePoint> points, double share);

inline constexpr double kSizeScale = 0.1, kMostSize = 3e6;

// Bytes, at least 1.
std::uint64_t draw_size(Sizes sizes, Rng &rng);

}  // namespace liteflow
