// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/m3/features.h"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace liteflow::sim::m3 {
namespace {

using Buckets = std::array<std::vector<double>, kBuckets>;

void write_map(const Buckets &buckets, std::span<float> map) {
  for (std::size_t i = 0; i < kBuckets; i++)
    if (!buckets[i].empty()) nearest_percentiles(buckets[i], map.subspan(i * kPercentiles, kPercentiles));
}

}  // namespace

std::size_t bucket_of(std::uint64_t bytes) {
  return static_cast<std::size_t>(std::upper_bound(std::begin(kBucketEdges), std::end(kBucketEdges), bytes) -
                                  std::begin(kBucketEdges));
}

void nearest_percentiles(std::span<const double> sorted, std::span<float> out) {
  const auto last = static_cast<double>(sorted.size() - 1);
  for (std::size_t i = 0; i < kPercentiles; i++) {
    const double rank = last * (static_cast<double>(i + 1) / 100);
    out[i] = static_cast<float>(sorted[static_cast<std::size_t>(std::nearbyint(rank))]);
  }
}

void sort(std::vector<Seen> &seen) {
  std::sort(seen.begin(), seen.end(), [](const Seen &a, const Seen &b) { return a.slowdown < b.slowdown; });
}

std::vector<Seen> seen_of(const Lot &lot, const std::vector<double> &slowdowns) {
  std::vector<Seen> seen(lot.parts.size());
  for (std::size_t i = 0; i < seen.size(); i++) {
    const Part &p = lot.parts[i];
    seen[i] = {slowdowns[i], p.bytes, p.first, p.last, static_cast<std::uint32_t>(i), lot.foreground(p)};
  }
  sort(seen);
  return seen;
}

Features features_of(std::size_t links, std::span<const Seen> seen) {
  std::vector<Buckets> rows(links + 1);
  Features features{.links = links, .maps = std::vector<float>((links + 1) * kMap), .foreground = {}};
  std::vector<Seen> foreground;
  for (const Seen &s : seen) {
    const std::size_t bucket = bucket_of(s.bytes);
    if (s.foreground) {
      foreground.push_back(s);
      rows[0][bucket].push_back(s.slowdown);
      continue;
    }
    for (std::uint32_t link = s.first; link < s.last; link++) rows[link + 1][bucket].push_back(s.slowdown);
  }
  for (std::size_t i = 0; i < rows.size(); i++) write_map(rows[i], std::span(features.maps).subspan(i * kMap, kMap));
  features.foreground = distribution_of(foreground);
  return features;
}

Distribution distribution_of(std::span<const Seen> seen) {
  std::array<std::vector<double>, kSizeClasses> classes;
  for (const Seen &s : seen) classes[size_class(s.bytes)].push_back(s.slowdown);
  Distribution d;
  for (std::size_t i = 0; i < kSizeClasses; i++) {
    d.flows[i] = static_cast<std::uint32_t>(classes[i].size());
    if (d.flows[i])
      nearest_percentiles(classes[i], std::span(d.values).subspan(i * kPercentiles, kPercentiles));
  }
  return d;
}

}  // namespace liteflow::sim::m3
