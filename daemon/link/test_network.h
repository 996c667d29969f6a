// SPDX-License-Identifier: GPL-2.0
// Small networks for tests, made without libtorch.
#pragma once

#include <string>

#include "codegen/model.h"
#include "codegen/quantise.h"

namespace liteflow {

inline Matrix test_rows(std::size_t rows, std::size_t columns) {
  Matrix matrix(rows, columns);
  for (std::size_t i = 0; i < matrix.values.size(); i++)
    matrix.values[i] = static_cast<double>(i * 37 % 101) / 50 - 1;
  return matrix;
}

// hidden tanh units; bias moves the output.
inline codegen::Model test_model(double bias, std::size_t n_in = 3, std::size_t hidden = 4) {
  codegen::Model model = codegen::make_model(n_in);
  const auto layer = [](std::size_t rows, std::size_t columns, double add) {
    codegen::Linear linear;
    linear.weight = test_rows(rows, columns);
    linear.bias.assign(rows, add);
    return linear;
  };
  std::size_t node = codegen::add_linear(model, 0, layer(hidden, n_in, 0.1));
  node = codegen::add_activation(model, node, codegen::Function::tanh);
  node = codegen::add_linear(model, node, layer(1, hidden, bias));
  return codegen::simplify(model, node);
}

inline codegen::Network test_network(double bias, std::size_t n_in = 3, std::size_t hidden = 4) {
  return codegen::quantise(test_model(bias, n_in, hidden), test_rows(64, n_in), {});
}

}  // namespace liteflow
