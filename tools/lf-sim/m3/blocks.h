// SPDX-License-Identifier: GPL-2.0
// Blocks: what m3's network is made of, as functions of tensors of any floating type. For files that include libtorch
// anyway.
//
// The transformer is Llama's (Touvron et al., 2023): RMS normalisation before each half of a block (Zhang and Sennrich,
// 2019), rotary positions (Su et al., 2021), SwiGLU (Shazeer, 2020). Debian's libtorch has none of them.
#pragma once

#include <torch/torch.h>

#include <cstdint>

namespace liteflow::sim::m3 {

// Zeroes values at random and scales the others; its own generator, so that a step's draws depend on its seed alone.
class Dropout {
 public:
  Dropout() = default;  // leaves all as it is
  Dropout(double rate, std::uint64_t seed);
  torch::Tensor operator()(const torch::Tensor &x) const;

 private:
  double rate_ = 0;
  at::Generator generator_;
};

// x / sqrt(mean of x^2 + 1e-5) weight, over the last dimension.
torch::Tensor rms_norm(const torch::Tensor &x, const torch::Tensor &weight);

// x: [paths, heads, rows, width], width even. Turns the pair of values 2i and 2i + 1 in row r by r 10000^(-2i / width).
torch::Tensor rotate(const torch::Tensor &x);

// Causal attention: a row sees itself and those before it. All [paths, heads, rows, width].
torch::Tensor attend(const torch::Tensor &q, const torch::Tensor &k, const torch::Tensor &v, const Dropout &dropout);

// w2 (silu(w1 x) * w3 x)
torch::Tensor swiglu(const torch::Tensor &x, const torch::Tensor &w1, const torch::Tensor &w2, const torch::Tensor &w3);

struct Block {
  torch::Tensor attention_norm, wq, wk, wv, wo;  // [dim], [dim, dim] ...
  torch::Tensor hidden_norm, w1, w2, w3;         // [dim], [hidden, dim], [dim, hidden], [hidden, dim]
};

// x: [paths, rows, dim]
torch::Tensor transform(const torch::Tensor &x, const Block &block, std::int64_t heads, const Dropout &dropout);

// Rows of the network's input: maps [paths, rows, kMap] with `empty` [kPercentiles] in buckets without flows, and the
// path's parameters [paths, any] behind each. Logarithmic: the natural logarithm of slowdowns.
torch::Tensor encode(const torch::Tensor &maps, const torch::Tensor &parameters, const torch::Tensor &empty,
                     bool logarithmic);

// Mean over all values of |answer / target - 1|, 0 where the target is: what is empty counts in the mean, as published.
torch::Tensor relative_error(const torch::Tensor &answer, const torch::Tensor &target);

}  // namespace liteflow::sim::m3
