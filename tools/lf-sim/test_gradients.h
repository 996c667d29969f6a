// SPDX-License-Identifier: GPL-2.0
// Gradients of a function of tensors, checked by differences: for tests of networks' blocks.
#pragma once

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "daemon/training/rng.h"

namespace liteflow::sim {

// In double, between -1 and 1.
inline torch::Tensor random_tensor(const std::vector<std::int64_t> &size, std::uint64_t seed) {
  Rng rng(seed);
  auto t = torch::empty(size, torch::kDouble);
  for (std::int64_t i = 0; i < t.numel(); i++) t.data_ptr<double>()[i] = rng.uniform(-1, 1);
  return t;
}

// Every derivative of a weighted sum of the outputs against a central difference.
inline void expect_gradients(const std::function<torch::Tensor(const std::vector<torch::Tensor> &)> &function,
                             std::vector<torch::Tensor> inputs) {
  constexpr double kStep = 1e-6;
  const auto weights = random_tensor(function(inputs).sizes().vec(), 99);
  const auto value = [&] { return (function(inputs) * weights).sum(); };
  for (auto &t : inputs) t.set_requires_grad(true);
  const auto gradients = torch::autograd::grad({value()}, inputs);
  const torch::NoGradGuard guard;
  for (std::size_t k = 0; k < inputs.size(); k++) {
    auto *data = inputs[k].data_ptr<double>();
    const auto gradient = gradients[k].contiguous();
    for (std::int64_t i = 0; i < inputs[k].numel(); i++) {
      const double was = data[i];
      data[i] = was + kStep;
      const double above = value().item<double>();
      data[i] = was - kStep;
      const double below = value().item<double>();
      data[i] = was;
      ASSERT_NEAR(gradient.data_ptr<double>()[i], (above - below) / (2 * kStep), 1e-6) << "input " << k << " " << i;
    }
  }
}

}  // namespace liteflow::sim
