// SPDX-License-Identifier: GPL-2.0
#include "daemon/training/sizes.h"

#include <algorithm>
#include <span>

namespace liteflow {
namespace {

// Restated from the figures of the papers as HKUST's traffic generator has them
// (DCTCP_CDF and VL2_CDF).
constexpr SizePoint kWebSearch[] = {{0, 0},       {10e3, 0.15}, {20e3, 0.2}, {30e3, 0.3}, {50e3, 0.4},  {80e3, 0.53},
                                {200e3, 0.6}, {1e6, 0.7},   {2e6, 0.8},  {5e6, 0.9},  {10e6, 0.97}, {30e6, 1}};
constexpr SizePoint kDataMining[] = {{0, 0},      {180, 0.1},  {216, 0.2},  {560, 0.3},  {900, 0.4},
                                 {1100, 0.5}, {1870, 0.6}, {3160, 0.7}, {10e3, 0.8}, {400e3, 0.9},
                                 {3.16e6, 0.95}, {100e6, 0.98}, {1e9, 1}};

}  // namespace

std::span<const SizePoint> size_points(Sizes sizes) {
  if (sizes == Sizes::web_search) return kWebSearch;
  return kDataMining;
}

double quantile(std::span<const SizePoint> points, double share) {
  const auto next = std::find_if(points.begin() + 1, points.end(), [&](const SizePoint &p) { return share < p.share; });
  const SizePoint &b = next == points.end() ? points.back() : *next, &a = *(&b - 1);
  return a.bytes + (b.bytes - a.bytes) * (share - a.share) / (b.share - a.share);
}

std::uint64_t draw_size(Sizes sizes, Rng &rng) {
  const double bytes = quantile(size_points(sizes), rng.uniform());
  return static_cast<std::uint64_t>(std::clamp(bytes * kSizeScale, 1.0, kMostSize));
}

}  // namespace liteflow
