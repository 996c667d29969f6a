// SPDX-License-Identifier: GPL-2.0
#include "daemon/regression/rows.h"

#include "codegen/error.h"

namespace liteflow::regression {
namespace {

auto at(const std::vector<float> &values, std::size_t index) {
  return values.begin() + static_cast<std::ptrdiff_t>(index);
}

void drop(std::vector<float> &values, std::size_t first) { values.erase(values.begin(), at(values, first)); }

}  // namespace

void Rows::add(std::span<const float> values, float label, float weight) {
  if (values.size() != columns) throw Error("a row has not as many features as those before it");
  features.insert(features.end(), values.begin(), values.end());
  labels.push_back(label);
  weights.push_back(weight);
}

void Rows::end_set() { set_ends.push_back(size()); }

void Rows::append(const Rows &later) {
  if (later.columns != columns) throw Error("rows of different features don't go together");
  for (const std::size_t end : later.set_ends) set_ends.push_back(size() + end);
  features.insert(features.end(), later.features.begin(), later.features.end());
  labels.insert(labels.end(), later.labels.begin(), later.labels.end());
  weights.insert(weights.end(), later.weights.begin(), later.weights.end());
}

Rows Rows::part(std::size_t first, std::size_t last) const {
  Rows rows(columns);
  rows.features.assign(at(features, first * columns), at(features, last * columns));
  rows.labels.assign(at(labels, first), at(labels, last));
  rows.weights.assign(at(weights, first), at(weights, last));
  return rows;
}

void Rows::keep_last(std::size_t rows) {
  if (size() <= rows) return;
  const std::size_t first = size() - rows;
  set_ends.clear();
  drop(features, first * columns);
  drop(labels, first);
  drop(weights, first);
}

}  // namespace liteflow::regression
