// SPDX-License-Identifier: GPL-2.0
#include "codegen/fidelity.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "codegen/interpret.h"

namespace liteflow::codegen {

std::vector<double> fidelity_losses(const Model &model, const Network &network,
                                    const Matrix &inputs) {
  const Matrix f = evaluate(model, inputs), g = run(network, inputs);
  std::vector<double> losses(inputs.rows);
  for (std::size_t r = 0; r < inputs.rows; ++r)
    for (std::size_t o = 0; o < f.columns; ++o)
      losses[r] = std::max(losses[r], std::fabs(f(r, o) - g(r, o)));
  return losses;
}

FidelityLoss fidelity_loss(const Model &model, const Network &network, const Matrix &inputs,
                           const Ranges &outputs) {
  const Matrix f = evaluate(model, inputs), g = run(network, inputs);
  FidelityLoss loss;
  loss.rows = inputs.rows;
  loss.least = std::numeric_limits<double>::infinity();
  for (std::size_t r = 0; r < inputs.rows; ++r) {
    double largest = 0, share = 0;
    for (std::size_t o = 0; o < f.columns; ++o) {
      const double error = std::fabs(f(r, o) - g(r, o));
      largest = std::max(largest, error);
      if (error > 0) share = std::max(share, error / (outputs[o].second - outputs[o].first));
    }
    loss.least = std::min(loss.least, largest);
    loss.worst = std::max(loss.worst, largest);
    loss.worst_share = std::max(loss.worst_share, share);
    loss.typical += largest / static_cast<double>(inputs.rows);
    loss.typical_share += share / static_cast<double>(inputs.rows);
  }
  return loss;
}

Ranges output_ranges(const Model &model, const Matrix &inputs) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const Matrix f = evaluate(model, inputs);
  Ranges ranges(f.columns, {kInfinity, -kInfinity});
  for (std::size_t r = 0; r < f.rows; ++r)
    for (std::size_t o = 0; o < f.columns; ++o) {
      ranges[o].first = std::min(ranges[o].first, f(r, o));
      ranges[o].second = std::max(ranges[o].second, f(r, o));
    }
  return ranges;
}

}  // namespace liteflow::codegen
