// SPDX-License-Identifier: GPL-2.0
#include "daemon/update/rows.h"

#include <algorithm>
#include <utility>

#include "codegen/error.h"

namespace liteflow {

RowPool::RowPool(Matrix file_rows, std::size_t capacity)
    : file_(std::move(file_rows)), latest_(0, file_.columns), capacity_(capacity) {}

void RowPool::add(const Matrix &rows) {
  if (rows.rows > 0 && rows.columns != file_.columns)
    throw Error("the batch's inputs and the calibration file differ in the number of columns");
  for (std::size_t row = 0; row < rows.rows; row++) {
    if (latest_.rows < capacity_) {
      latest_.rows++;
      latest_.values.resize(latest_.rows * latest_.columns);
    }
    std::copy_n(&rows.values[row * rows.columns], rows.columns,
                &latest_.values[next_ * latest_.columns]);
    next_ = (next_ + 1) % capacity_;
  }
}

Matrix RowPool::all() const { return append(file_, latest_); }

Matrix spread(const Matrix &rows, std::size_t n) {
  if (rows.rows <= n) return rows;
  Matrix some(n, rows.columns);
  for (std::size_t i = 0; i < n; i++)
    std::copy_n(&rows.values[i * rows.rows / n * rows.columns], rows.columns,
                &some.values[i * rows.columns]);
  return some;
}

Matrix append(Matrix a, const Matrix &b) {
  if (a.rows == 0) return b;
  a.values.insert(a.values.end(), b.values.begin(), b.values.end());
  a.rows += b.rows;
  return a;
}

}  // namespace liteflow
