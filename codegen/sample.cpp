// SPDX-License-Identifier: GPL-2.0
#include "codegen/sample.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "codegen/error.h"

namespace liteflow::codegen {
namespace {

constexpr double kLimit = 32767;     // of Q16.16
constexpr double kMargin = 0.05;     // of the span, on both sides
constexpr double kMinSpan = 0.0625;  // a column that hardly moves gets this much
constexpr double kFar = 2;           // spans away from the middle: an outlier
constexpr double kNear = 0.05;       // of the span: as far as near_record moves

// The standard's distributions differ between libraries; this doesn't.
double uniform(std::mt19937_64 &random) { return std::ldexp(static_cast<double>(random() >> 11), -53); }

// Per record, how far its farthest value lies from the middle of its column, in
// spans between the 1st and the 99th percentile.
std::vector<double> distances(const Matrix &records) {
  std::vector<double> distance(records.rows), column(records.rows);
  for (std::size_t c = 0; c < records.columns; ++c) {
    for (std::size_t r = 0; r < records.rows; ++r) column[r] = records(r, c);
    std::sort(column.begin(), column.end());
    const std::size_t last = column.size() - 1;
    double span = column[last - last / 100] - column[last / 100];
    if (span <= 0) span = column[last] - column[0];
    if (span <= 0) continue;
    for (std::size_t r = 0; r < records.rows; ++r)
      distance[r] = std::max(distance[r], std::fabs(records(r, c) - column[last / 2]) / span);
  }
  return distance;
}

std::vector<bool> outliers(const Matrix &records, double share) {
  std::vector<bool> out(records.rows);
  const auto budget = static_cast<std::size_t>(share * static_cast<double>(records.rows));
  if (!budget) return out;
  const std::vector<double> distance = distances(records);
  std::vector<std::size_t> order(records.rows);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return distance[a] > distance[b]; });
  for (std::size_t i = 0; i < budget && distance[order[i]] > kFar; ++i) out[order[i]] = true;
  return out;
}

std::pair<double, double> widen(double lo, double hi, std::pair<double, double> declared) {
  const double span = std::max(hi - lo, kMinSpan);
  const double middle = (lo + hi) / 2, half = span * (0.5 + kMargin);
  return {std::max(middle - half, declared.first), std::min(middle + half, declared.second)};
}

}  // namespace

Ranges clip_ranges(const Matrix &records, const Ranges &declared, double clipped_share) {
  if (!declared.empty() && declared.size() != records.columns)
    throw Error(fmt::format("{} declared ranges for {} inputs", declared.size(), records.columns));
  const std::vector<bool> given_up = outliers(records, clipped_share);
  Ranges ranges;
  for (std::size_t c = 0; c < records.columns; ++c) {
    const auto limits = declared.empty() ? std::pair{-kLimit, kLimit} : declared[c];
    double lo = kLimit, hi = -kLimit;
    for (std::size_t r = 0; r < records.rows; ++r) {
      const double x = records(r, c);
      if (std::fabs(x) > kLimit)
        throw Error(fmt::format("record {}, input {}: {} doesn't fit in Q16.16 (+-{}); scale it",
                                r + 1, c + 1, x, kLimit));
      if (given_up[r]) continue;
      lo = std::min(lo, x);
      hi = std::max(hi, x);
    }
    ranges.push_back(widen(lo, hi, limits));
    if (!(ranges[c].second > ranges[c].first))
      throw Error(fmt::format("input {}: all records lie outside its declared range [{}, {}]",
                              c + 1, limits.first, limits.second));
  }
  return ranges;
}

std::size_t count_clipped(const Matrix &records, const Ranges &ranges) {
  std::size_t clipped = 0;
  for (std::size_t r = 0; r < records.rows; ++r)
    for (std::size_t c = 0; c < records.columns; ++c)
      if (records(r, c) < ranges[c].first || records(r, c) > ranges[c].second) {
        ++clipped;
        break;
      }
  return clipped;
}

Matrix clamp(const Matrix &records, const Ranges &ranges) {
  Matrix result = records;
  for (std::size_t r = 0; r < records.rows; ++r)
    for (std::size_t c = 0; c < records.columns; ++c)
      result(r, c) = std::clamp(records(r, c), ranges[c].first, ranges[c].second);
  return result;
}

Matrix draw(Draw kind, std::size_t rows, const Ranges &ranges, const Matrix &records,
            std::uint64_t seed) {
  std::mt19937_64 random(seed);
  Matrix result(rows, ranges.size());
  for (std::size_t r = 0; r < rows; ++r) {
    const std::size_t record = records.rows ? random() % records.rows : 0;
    for (std::size_t c = 0; c < ranges.size(); ++c) {
      const auto [lo, hi] = ranges[c];
      const double u = uniform(random);
      if (kind == Draw::uniform)
        result(r, c) = lo + u * (hi - lo);
      else if (kind == Draw::corner)
        result(r, c) = u < 0.5 ? lo : hi;
      else
        result(r, c) = std::clamp(records(record, c) + (2 * u - 1) * kNear * (hi - lo), lo, hi);
    }
  }
  return result;
}

}  // namespace liteflow::codegen
