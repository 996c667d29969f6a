// SPDX-License-Identifier: GPL-2.0
// Input rows to quantise and to verify with: those of the calibration file, and
// the latest from batches.
#pragma once

#include <cstddef>

#include "codegen/matrix.h"

namespace liteflow {

class RowPool {
 public:
  RowPool(Matrix file_rows, std::size_t capacity);

  void add(const Matrix &rows);
  Matrix all() const;  // the file's rows, then the latest

 private:
  Matrix file_, latest_;  // latest_ is a ring of capacity rows
  std::size_t capacity_, next_ = 0;
};

// At most n rows, evenly spread.
Matrix spread(const Matrix &rows, std::size_t n);

// The rows of b after those of a, which may be empty.
Matrix append(Matrix a, const Matrix &b);

}  // namespace liteflow
