// SPDX-License-Identifier: GPL-2.0
// Blocks: what m4's network is made of, as functions of tensors of any floating type. For files that include libtorch
// anyway.
#pragma once

#include <torch/torch.h>

namespace liteflow::sim::m4 {

// Gated unit (Cho et al., 2014). x: [rows, inputs], state: [rows, width]; weights [3 width, inputs] and [3 width,
// width], biases [3 width]: reset, update, candidate.
struct Gated {
  torch::Tensor input_weight, state_weight, input_bias, state_bias;
};
torch::Tensor gated(const torch::Tensor &x, const torch::Tensor &state, const Gated &gated);

// A layer of GraphSAGE (Hamilton et al., 2017) with a projection of what neighbours say, and layer normalisation (Ba et
// al., 2016): norm(left sum of relu(project x of neighbours) + right x).
struct Layer {
  torch::Tensor project_weight, project_bias, left_weight, left_bias, right_weight, norm_weight, norm_bias;
};
// x: [rows, inputs]; from, to: [edges], rows.
torch::Tensor spread(const torch::Tensor &x, const torch::Tensor &from, const torch::Tensor &to, const Layer &layer);

// Two layers with a ReLU between them.
struct Perceptron {
  torch::Tensor weight0, bias0, weight1, bias1;
};
torch::Tensor perceive(const torch::Tensor &x, const Perceptron &perceptron);

// Each answer's part of the loss, where both are logarithms of ratios to the same base: |answer / truth - 1| of the
// slowdowns (m4).
torch::Tensor relative_error(const torch::Tensor &answer, const torch::Tensor &truth);
// Of quantiles [rows, kLevels], summed over the levels (Koenker and Bassett, 1978); truth: [rows].
torch::Tensor quantile_error(const torch::Tensor &answers, const torch::Tensor &truth);

}  // namespace liteflow::sim::m4
