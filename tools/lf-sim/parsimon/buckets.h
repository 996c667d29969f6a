// SPDX-License-Identifier: GPL-2.0
// Buckets: what a link delays flows by, for each packet, by the flows' sizes (Parsimon, section 3.3).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "daemon/training/rng.h"

namespace liteflow::sim::parsimon {

struct Delay {
  std::uint64_t bytes = 0;  // of the flow
  float packet_ns = 0;      // its delay divided by its packets
};

struct BucketRule {
  std::size_t samples = 100;  // in a bucket at least, >= 1
  double ratio = 2;           // of its largest size to its smallest at least, >= 1
};

void check(const BucketRule &rule);  // Error that names what is out of range

class Buckets {
 public:
  struct Bucket {
    std::uint64_t least = 0, most = 0;   // bytes of the flows in it
    std::size_t begin = 0, end = 0;      // of samples()
  };

  Buckets() = default;
  // As small as the rule allows, from the smallest flows on; what is left over joins the last. Too few for the rule are
  // one bucket. Flows of one size are in one.
  Buckets(std::vector<Delay> delays, const BucketRule &rule);

  const std::vector<Bucket> &buckets() const { return buckets_; }
  const std::vector<float> &samples() const { return samples_; }  // by size
  // One of those of the first bucket that has flows as large, or else of the last; 0 without samples.
  float draw(std::uint64_t bytes, Rng &rng) const;

 private:
  std::vector<Bucket> buckets_;
  std::vector<float> samples_;
};

}  // namespace liteflow::sim::parsimon
