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
  // sending rack and one for the receiving, times one for the pair; sigma is that of each.
  static TrafficMatrix skewed(std::size_t racks, double sigma, std::uint64_t seed);
  // The published {"matrix": {"inner": [[...], ...]}}.
  static TrafficMatrix read(const std::string &file);
  // "uniform", "skewed:SEED" (sigma 1), or a file.
  static TrafficMatrix named(const std::string &name, std::size_t racks);

  std::size_t racks() const { return racks_; }
  std::pair<std::size_t, std::size_t> draw(Rng &rng) const;

 private:
  std::size_t racks_;
  std::vector<double> sums_;  // of the weights up to each
};

}  // namespace liteflow::sim
