// SPDX-License-Identifier: GPL-2.0
#pragma once

#include <cstddef>
#include <vector>

namespace liteflow {

// Application values, one row per record. Row-major, rows * columns entries.
struct Matrix {
  std::size_t rows = 0, columns = 0;
  std::vector<double> values;

  Matrix() = default;
  Matrix(std::size_t r, std::size_t c) : rows(r), columns(c), values(r * c) {}

  double operator()(std::size_t r, std::size_t c) const { return values[r * columns + c]; }
  double &operator()(std::size_t r, std::size_t c) { return values[r * columns + c]; }
};

}  // namespace liteflow
