// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/m4/blocks.h"

#include <vector>

#include "tools/lf-sim/m4/inference.h"
#include "tools/lf-sim/m4/shape.h"

namespace liteflow::sim::m4 {

torch::Tensor gated(const torch::Tensor &x, const torch::Tensor &state, const Gated &g) {
  return torch::gru_cell(x, state, g.input_weight, g.state_weight, g.input_bias, g.state_bias);
}

torch::Tensor spread(const torch::Tensor &x, const torch::Tensor &from, const torch::Tensor &to, const Layer &l) {
  const auto said = torch::relu(torch::linear(x, l.project_weight, l.project_bias));
  const auto heard = torch::zeros_like(said).index_add(0, to, said.index_select(0, from));
  const auto y = torch::linear(heard, l.left_weight, l.left_bias) + torch::linear(x, l.right_weight);
  return torch::layer_norm(y, {y.size(1)}, l.norm_weight, l.norm_bias);
}

torch::Tensor perceive(const torch::Tensor &x, const Perceptron &p) {
  return torch::linear(torch::relu(torch::linear(x, p.weight0, p.bias0)), p.weight1, p.bias1);
}

torch::Tensor relative_error(const torch::Tensor &answer, const torch::Tensor &truth) {
  return ((answer.clamp(-kMostLogRatio, kMostLogRatio) - truth).exp() - 1).abs();
}

torch::Tensor quantile_error(const torch::Tensor &answers, const torch::Tensor &truth) {
  const auto levels = torch::tensor(std::vector<double>(kLevels.begin(), kLevels.end()), answers.options());
  const auto under = truth.unsqueeze(1) - answers;
  return torch::maximum(under * levels, under * (levels - 1)).sum(1);
}

}  // namespace liteflow::sim::m4
