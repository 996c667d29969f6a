// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/m3/blocks.h"

#include <ATen/CPUGeneratorImpl.h>

#include <cmath>
#include <limits>

#include "tools/lf-sim/m3/features.h"

namespace liteflow::sim::m3 {
namespace {

constexpr double kEpsilon = 1e-5, kTheta = 1e4;

}  // namespace

Dropout::Dropout(double rate, std::uint64_t seed)
    : rate_(rate), generator_(at::make_generator<at::CPUGeneratorImpl>(seed)) {}

torch::Tensor Dropout::operator()(const torch::Tensor &x) const {
  if (rate_ <= 0) return x;
  return x * torch::empty_like(x).bernoulli_(1 - rate_, generator_) / (1 - rate_);
}

torch::Tensor rms_norm(const torch::Tensor &x, const torch::Tensor &weight) {
  return x * (x.square().mean(-1, true) + kEpsilon).rsqrt() * weight;
}

torch::Tensor rotate(const torch::Tensor &x) {
  const std::int64_t rows = x.size(2), pairs = x.size(3) / 2;
  const auto step = torch::pow(kTheta, torch::arange(pairs, torch::kDouble) / -static_cast<double>(pairs));
  const auto angle = torch::outer(torch::arange(rows, torch::kDouble), step);
  const auto cos = angle.cos().to(x.dtype()), sin = angle.sin().to(x.dtype());
  const auto both = x.reshape({x.size(0), x.size(1), rows, pairs, 2});
  const auto a = both.select(4, 0), b = both.select(4, 1);
  return torch::stack({a * cos - b * sin, a * sin + b * cos}, 4).reshape_as(x);
}

torch::Tensor attend(const torch::Tensor &q, const torch::Tensor &k, const torch::Tensor &v, const Dropout &dropout) {
  const std::int64_t rows = q.size(2);
  const auto later = torch::full({rows, rows}, -std::numeric_limits<double>::infinity(), q.options()).triu(1);
  const auto score = torch::matmul(q, k.transpose(2, 3)) / std::sqrt(static_cast<double>(q.size(3))) + later;
  return torch::matmul(dropout(torch::softmax(score, -1)), v);
}

torch::Tensor swiglu(const torch::Tensor &x, const torch::Tensor &w1, const torch::Tensor &w2,
                     const torch::Tensor &w3) {
  return torch::linear(torch::silu(torch::linear(x, w1)) * torch::linear(x, w3), w2);
}

torch::Tensor transform(const torch::Tensor &x, const Block &b, std::int64_t heads, const Dropout &dropout) {
  const std::int64_t paths = x.size(0), rows = x.size(1), dim = x.size(2);
  const auto split = [&](const torch::Tensor &t) {
    return t.view({paths, rows, heads, dim / heads}).transpose(1, 2);
  };
  const auto normal = rms_norm(x, b.attention_norm);
  const auto heard = attend(rotate(split(torch::linear(normal, b.wq))), rotate(split(torch::linear(normal, b.wk))),
                            split(torch::linear(normal, b.wv)), dropout);
  const auto h = x + dropout(torch::linear(heard.transpose(1, 2).reshape({paths, rows, dim}), b.wo));
  return h + dropout(swiglu(rms_norm(h, b.hidden_norm), b.w1, b.w2, b.w3));
}

torch::Tensor encode(const torch::Tensor &maps, const torch::Tensor &parameters, const torch::Tensor &empty,
                     bool logarithmic) {
  const std::int64_t paths = maps.size(0), rows = maps.size(1);
  const auto buckets = maps.view({paths, rows, static_cast<std::int64_t>(kBuckets), empty.size(0)});
  const auto values = torch::where(buckets > 0, logarithmic ? buckets.clamp_min(1).log() : buckets, empty);
  return torch::cat({values.reshape_as(maps), parameters.unsqueeze(1).expand({paths, rows, parameters.size(1)})}, 2);
}

torch::Tensor relative_error(const torch::Tensor &answer, const torch::Tensor &target) {
  const auto known = target > 0;
  return ((answer / torch::where(known, target, torch::ones_like(target)) - 1).abs() * known).mean();
}

}  // namespace liteflow::sim::m3
