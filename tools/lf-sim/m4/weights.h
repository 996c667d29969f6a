// SPDX-License-Identifier: GPL-2.0
// Weights: what m4's network has learnt, and the file that it is kept in.
//
// The file, little-endian:
//   8 bytes "LFSIM-M4"; u32 version of the format; u32 kParameterVersion; u32 hidden, graph, fluid, reach;
//   u64 number of values; f32 values, part by part in the order of parts_of(); u32 CRC-32 of all before.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "tools/lf-sim/m4/shape.h"

namespace liteflow::sim::m4 {

// A matrix [rows, columns], row-major, or with columns = 0 a vector [rows].
//
// Gated units (Cho et al., 2014) have four parts: of the input and of the state, weights and biases, each with the rows
// of the reset gate, the update gate and the candidate, in this order. Layers of the graph network (GraphSAGE, Hamilton
// et al., 2017) have `project`, `left` for the sum over the neighbours, `right` for the node itself, and `norm`.
struct Part {
  std::string name;
  std::size_t rows, columns;
  std::size_t size() const { return rows * (columns ? columns : 1); }
};
std::vector<Part> parts_of(const Shape &shape);

struct Weights {
  Shape shape;
  std::vector<std::vector<float>> values;  // of each part

  const std::vector<float> &part(const std::string &name) const;
  std::size_t rows(const std::string &name) const;
  std::size_t size() const;
};

// `name` is what an Error calls the source.
std::string to_bytes(const Weights &weights);
Weights weights_from(const std::string &bytes, const std::string &name);

// Error in one line with the remedy for what cannot be read, is damaged or does not fit this program.
Weights read_weights(const std::string &file);
void write_weights(const std::string &file, const Weights &weights);

}  // namespace liteflow::sim::m4
