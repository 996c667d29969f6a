// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/parsimon/buckets.h"

#include <algorithm>
#include <cmath>

#include "codegen/error.h"

namespace liteflow::sim::parsimon {

void check(const BucketRule &rule) {
  if (!rule.samples) throw Error("parsimon: a bucket must have at least 1 sample");
  if (!(rule.ratio >= 1 && std::isfinite(rule.ratio))) throw Error("parsimon: a bucket's ratio must be at least 1");
}

Buckets::Buckets(std::vector<Delay> delays, const BucketRule &rule) {
  std::stable_sort(delays.begin(), delays.end(), [](const Delay &a, const Delay &b) { return a.bytes < b.bytes; });
  std::size_t begin = 0;
  for (std::size_t i = 0; i < delays.size(); i++) {
    samples_.push_back(delays[i].packet_ns);
    const std::uint64_t least = delays[begin].bytes, most = delays[i].bytes;
    if (i + 1 < delays.size() && delays[i + 1].bytes == most) continue;
    if (i + 1 - begin < rule.samples || static_cast<double>(most) < rule.ratio * static_cast<double>(least)) continue;
    buckets_.push_back({least, most, begin, i + 1});
    begin = i + 1;
  }
  if (begin == delays.size()) return;
  if (buckets_.empty()) buckets_.push_back({delays.front().bytes, 0, 0, 0});
  buckets_.back().most = delays.back().bytes;
  buckets_.back().end = delays.size();
}

float Buckets::draw(std::uint64_t bytes, Rng &rng) const {
  if (buckets_.empty()) return 0;
  const auto at = std::lower_bound(buckets_.begin(), buckets_.end() - 1, bytes,
                                   [](const Bucket &b, std::uint64_t size) { return b.most < size; });
  return samples_[at->begin + rng.below(at->end - at->begin)];
}

}  // namespace liteflow::sim::parsimon
