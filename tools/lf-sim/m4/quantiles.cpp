// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/m4/quantiles.h"

#include <algorithm>
#include <cstddef>

namespace liteflow::sim::m4 {
namespace {

constexpr auto kShares = [] {
  std::array<double, kLevels.size() + 2> all{};
  for (std::size_t i = 0; i < kLevels.size(); i++) all[i + 1] = kLevels[i];
  all.back() = 1;
  return all;
}();

// At x, on the line through two points; y0 where they are one above the other.
double between(double x, double x0, double x1, double y0, double y1) {
  return x1 > x0 ? y0 + (y1 - y0) * (x - x0) / (x1 - x0) : y0;
}

}  // namespace

Quantiles::Quantiles(std::span<const float> values, double offset) {
  for (std::size_t i = 0; i < kLevels.size(); i++) values_[i + 1] = offset + static_cast<double>(values[i]);
  std::sort(values_.begin() + 1, values_.end() - 1);
  const std::size_t n = kLevels.size();
  values_[0] = between(0, kShares[1], kShares[2], values_[1], values_[2]);
  values_[n + 1] = between(1, kShares[n - 1], kShares[n], values_[n - 1], values_[n]);
}

double Quantiles::value(double share) const {
  std::size_t i = 1;
  while (i + 1 < kShares.size() && kShares[i] < share) i++;
  return between(share, kShares[i - 1], kShares[i], values_[i - 1], values_[i]);
}

double Quantiles::share(double value) const {
  if (value <= values_.front()) return 0;
  if (value >= values_.back()) return 1;
  std::size_t i = 1;
  while (i + 1 < values_.size() && values_[i] < value) i++;
  return between(value, values_[i - 1], values_[i], kShares[i - 1], kShares[i]);
}

double luck_among_left(double luck, double gone) { return gone < 1 ? std::max(0.0, (luck - gone) / (1 - gone)) : 0; }

}  // namespace liteflow::sim::m4
