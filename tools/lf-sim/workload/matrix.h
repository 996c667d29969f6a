// SPDX-License-Identifier: GPL-2.0
// TrafficMatrix: how much of the traffic goes from each rack to each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "daemon/training/rng.h"

namespace liteflow::sim {

class TrafficMatrix {
 public:
  // weights: racks x racks, from row to column; not below 0, and not all 0.
  TrafficMatrix(std::size_t racks, std::vector<double> weights, const std::string &name);

  static TrafficMatrix uniform(std::size_t racks);
  // Some racks send, and some receive, much more than others: weights are the product of a log-normal draw for the
  // sending rack and one for the receiving, times one for the pair; sigma is that of each. In the manner of the
  // published matrix A.
  static TrafficMatrix skewed(std::size_t racks, double sigma, std::uint64_t seed);
  // A quarter of the racks send or receive nearly everything (the manner of B), or most stays within its rack and the
  // rest is nearly even (of C).
  static TrafficMatrix hot(std::size_t racks, std::uint64_t seed);
  static TrafficMatrix local(std::size_t racks, std::uint64_t seed);
  // The published {"matrix": {"inner": [[...], ...], "idx2name": [RACK, ...]}, "pod2tors": {POD: [RACK, ...]}}. Without
  // names all racks are of one pod.
  static TrafficMatrix read(const std::string &file);
  // "uniform", "skewed:SEED" (sigma 1), "hot:SEED", "local:SEED", or a file.
  static TrafficMatrix named(const std::string &name, std::size_t racks);

  // Pod after pod, as fabrics number their racks; the pods, and the racks in each, in random order (as Parsimon's
  // workloads are placed).
  TrafficMatrix placed(Rng &rng) const;

  std::size_t racks() const { return racks_; }
  double weight(std::size_t from, std::size_t to) const;
  std::pair<std::size_t, std::size_t> draw(Rng &rng) const;

 private:
  std::size_t racks_;
  std::vector<double> weights_, sums_;          // row by row; of the weights up to each
  std::vector<std::vector<std::size_t>> pods_;  // racks of each
};

}  // namespace liteflow::sim
