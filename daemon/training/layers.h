// SPDX-License-Identifier: GPL-2.0
// Layers: what the networks of all adapters have in common. For files that
// include libtorch anyway.
#pragma once

#include <torch/script.h>
#include <torch/torch.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "daemon/training/rng.h"

namespace liteflow {

inline std::int64_t wide(std::size_t n) { return static_cast<std::int64_t>(n); }

// Orthogonal rows (or columns) times gain, from our own generator: the same
// network for a seed whatever else uses torch's.
torch::Tensor orthogonal(std::int64_t rows, std::int64_t columns, double gain, Rng &rng);

// A layer whose first columns take (x - centre) gain made to take x, in double:
// W (x - c) g + b = (W g) x + (b - (W g) c); and back.
void fold(torch::Tensor &weight, torch::Tensor &bias, const torch::Tensor &centre, const torch::Tensor &gain);
void unfold(torch::Tensor &weight, torch::Tensor &bias, const torch::Tensor &centre, const torch::Tensor &gain);

// AdamW (Loshchilov and Hutter, 2019): one step of a parameter that has a gradient; first and second are the moments
// of its gradients, step counts from 1. decay is not of the gradient but of the parameter; 0: none.
struct AdamW {
  double learning_rate, beta1, beta2, decay;
};
void descend(torch::Tensor &parameter, torch::Tensor &first, torch::Tensor &second, const AdamW &by, std::int64_t step);

// Values in place, as a matrix; a single column as a vector.
torch::Tensor rows_of(const std::vector<float> &v, std::size_t rows, std::size_t columns);
torch::Tensor view(const float *data, std::size_t rows, std::size_t columns);

// TorchScript; `name` is what an Error calls the source, command what makes one.
torch::jit::Module parse(const std::string &bytes, const std::string &name, const char *command);
// A finite parameter of a model, in double.
torch::Tensor parameter(const torch::jit::Module &module, const std::string &key, const std::string &name,
                        const char *command);

}  // namespace liteflow
