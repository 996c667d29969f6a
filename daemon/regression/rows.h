// SPDX-License-Identifier: GPL-2.0
// Rows: what a regressor learns from, oldest first.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace liteflow::regression {

struct Rows {
  std::size_t columns = 0;
  std::vector<float> features;         // row-major, application values
  std::vector<float> labels, weights;  // a weight: what the row counts in the loss
  // Where each set of alternatives ends, of which one is to be chosen; empty: rows stand alone.
  std::vector<std::size_t> set_ends;

  explicit Rows(std::size_t columns_of_features = 0) : columns(columns_of_features) {}
  std::size_t size() const { return labels.size(); }

  void add(std::span<const float> values, float label, float weight = 1);
  void end_set();  // of what was added since the last one
  void append(const Rows &later);
  // Of [first, last), and the last so many; sets are none any more.
  Rows part(std::size_t first, std::size_t last) const;
  void keep_last(std::size_t rows);
};

}  // namespace liteflow::regression
