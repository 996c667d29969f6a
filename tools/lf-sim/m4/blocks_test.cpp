// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/m4/blocks.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <vector>

#include "daemon/training/layers.h"
#include "tools/lf-sim/m4/shape.h"
#include "tools/lf-sim/test_gradients.h"

namespace liteflow::sim::m4 {
namespace {

using torch::Tensor;

std::vector<Tensor> random_all(const std::vector<std::vector<std::int64_t>> &sizes) {
  std::vector<Tensor> all;
  for (std::size_t i = 0; i < sizes.size(); i++) all.push_back(random_tensor(sizes[i], i + 1));
  return all;
}

TEST(Blocks, gradients_of_gated_units) {
  expect_gradients([](const auto &t) { return gated(t[0], t[1], {t[2], t[3], t[4], t[5]}); },
                   random_all({{3, 2}, {3, 4}, {12, 2}, {12, 4}, {12}, {12}}));
}

TEST(Blocks, gradients_of_a_layer_of_the_graph_network) {
  const auto from = torch::tensor({0, 1, 1, 3, 4, 2}), to = torch::tensor({3, 3, 4, 0, 1, 1});
  expect_gradients([&](const auto &t) { return spread(t[0], from, to, {t[1], t[2], t[3], t[4], t[5], t[6], t[7]}); },
                   random_all({{5, 3}, {3, 3}, {3}, {4, 3}, {4}, {4, 3}, {4}, {4}}));
}

TEST(Blocks, gradients_of_a_perceptron) {
  expect_gradients([](const auto &t) { return perceive(t[0], {t[1], t[2], t[3], t[4]}); },
                   random_all({{3, 5}, {4, 5}, {4}, {2, 4}, {2}}));
}

TEST(Blocks, gradients_of_the_losses) {
  expect_gradients([](const auto &t) { return relative_error(t[0], t[1]); }, random_all({{7}, {7}}));
  expect_gradients([](const auto &t) { return quantile_error(t[0], t[1]); },
                   random_all({{5, static_cast<std::int64_t>(kLevels.size())}, {5}}));
}

TEST(Blocks, shapes) {
  const auto t = random_all({{3, 2}, {3, 4}, {12, 2}, {12, 4}, {12}, {12}});
  EXPECT_EQ(gated(t[0], t[1], {t[2], t[3], t[4], t[5]}).sizes(), (std::vector<std::int64_t>{3, 4}));
  const auto l = random_all({{5, 3}, {3, 3}, {3}, {4, 3}, {4}, {4, 3}, {4}, {4}});
  const auto none = torch::empty({0}, torch::kLong);
  EXPECT_EQ(spread(l[0], none, none, {l[1], l[2], l[3], l[4], l[5], l[6], l[7]}).sizes(),
            (std::vector<std::int64_t>{5, 4}));
}

// By hand, from the papers' formulae.
TEST(Blocks, gated_units_are_those_of_the_paper) {
  const auto t = random_all({{1, 1}, {1, 1}, {3, 1}, {3, 1}, {3}, {3}});
  const auto at = [&](std::size_t k, std::int64_t i) { return t[k].flatten()[i].item<double>(); };
  const double x = at(0, 0), h = at(1, 0);
  const auto sigmoid = [](double v) { return 1 / (1 + std::exp(-v)); };
  const double r = sigmoid(at(2, 0) * x + at(4, 0) + at(3, 0) * h + at(5, 0));
  const double z = sigmoid(at(2, 1) * x + at(4, 1) + at(3, 1) * h + at(5, 1));
  const double n = std::tanh(at(2, 2) * x + at(4, 2) + r * (at(3, 2) * h + at(5, 2)));
  EXPECT_NEAR(gated(t[0], t[1], {t[2], t[3], t[4], t[5]}).item<double>(), (1 - z) * n + z * h, 1e-12);
}

TEST(Blocks, neighbours_are_summed) {
  const auto x = torch::tensor({{1.0}, {2.0}, {-4.0}}, torch::kDouble);
  const auto one = torch::ones({1, 1}, torch::kDouble), zero = torch::zeros({1}, torch::kDouble);
  // Two outputs, so that normalising tells them apart: the sum of the neighbours, and the node itself.
  const auto left = torch::tensor({{1.0}, {0.0}}, torch::kDouble);
  const auto right = torch::tensor({{0.0}, {1.0}}, torch::kDouble);
  const auto y = spread(x, torch::tensor({0, 1, 2}), torch::tensor({2, 2, 0}),
                        {one, zero, left, torch::zeros({2}, torch::kDouble), right, torch::ones({2}, torch::kDouble),
                         torch::zeros({2}, torch::kDouble)});
  // Node 2 hears 1 + 2 and is -4: (3, -4). Node 0 hears relu(-4) = 0 and is 1. Node 1 hears nothing and is 2.
  const auto expect = [&](std::int64_t row, double a, double b) {
    const double half = (a - b) / 2, scale = std::sqrt(half * half + 1e-5);
    EXPECT_NEAR(y[row][0].item<double>(), half / scale, 1e-9);
    EXPECT_NEAR(y[row][1].item<double>(), -half / scale, 1e-9);
  };
  expect(2, 3, -4);
  expect(0, 0, 1);
  expect(1, 0, 2);
}

TEST(Blocks, losses_by_hand) {
  const auto truth = torch::tensor({std::log(2.0)}, torch::kDouble);
  EXPECT_NEAR(relative_error(torch::tensor({std::log(3.0)}, torch::kDouble), truth).item<double>(), 0.5, 1e-12);
  EXPECT_NEAR(relative_error(torch::tensor({std::log(1.0)}, torch::kDouble), truth).item<double>(), 0.5, 1e-12);
  // One above by 1 costs 1 - level, one below level.
  double above = 0, below = 0;
  for (const double level : kLevels) above += 1 - level, below += level;
  const auto flat = torch::ones({1, static_cast<std::int64_t>(kLevels.size())}, torch::kDouble);
  const auto nought = torch::zeros({1}, torch::kDouble);
  EXPECT_NEAR(quantile_error(flat, nought).item<double>(), above, 1e-12);
  EXPECT_NEAR(quantile_error(-flat, nought).item<double>(), below, 1e-12);
}

// Descending on the loss finds the quantiles.
TEST(Blocks, quantiles_are_found) {
  constexpr std::int64_t kDraws = 1000;
  auto draws = torch::arange(kDraws, torch::kDouble) / static_cast<double>(kDraws);  // uniform
  auto q = torch::full({1, static_cast<std::int64_t>(kLevels.size())}, 0.5, torch::kDouble).set_requires_grad(true);
  torch::optim::Adam adam({q}, torch::optim::AdamOptions(0.01));
  for (int i = 0; i < 250; i++) {
    adam.zero_grad();
    quantile_error(q.expand({kDraws, -1}), draws).mean().backward();
    adam.step();
  }
  for (std::size_t i = 0; i < kLevels.size(); i++)
    EXPECT_NEAR(q[0][static_cast<std::int64_t>(i)].item<double>(), kLevels[i], 0.03);
}

}  // namespace
}  // namespace liteflow::sim::m4
