// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/m3/blocks.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <vector>

#include "tools/lf-sim/m3/features.h"
#include "tools/lf-sim/test_gradients.h"

namespace liteflow::sim::m3 {
namespace {

using torch::Tensor;

TEST(Blocks, gradients_of_the_norm) {
  expect_gradients([](const auto &in) { return rms_norm(in[0], in[1]); },
                   {random_tensor({2, 3, 5}, 1), random_tensor({5}, 2)});
}

TEST(Blocks, gradients_of_the_rotation) {
  expect_gradients([](const auto &in) { return rotate(in[0]); }, {random_tensor({2, 2, 3, 4}, 1)});
}

TEST(Blocks, gradients_of_attention) {
  expect_gradients([](const auto &in) { return attend(in[0], in[1], in[2], {}); },
                   {random_tensor({2, 2, 3, 4}, 1), random_tensor({2, 2, 3, 4}, 2), random_tensor({2, 2, 3, 4}, 3)});
}

TEST(Blocks, gradients_of_swiglu) {
  expect_gradients(
      [](const auto &in) { return swiglu(in[0], in[1], in[2], in[3]); },
      {random_tensor({2, 3, 4}, 1), random_tensor({6, 4}, 2), random_tensor({4, 6}, 3), random_tensor({6, 4}, 4)});
}

Block random_block(std::int64_t dim, std::int64_t hidden) {
  const auto matrix = [&](std::uint64_t seed) { return random_tensor({dim, dim}, seed); };
  return {random_tensor({dim}, 1),         matrix(2),    matrix(3), matrix(4), matrix(5), random_tensor({dim}, 6),
          random_tensor({hidden, dim}, 7), random_tensor({dim, hidden}, 8), random_tensor({hidden, dim}, 9)};
}

TEST(Blocks, gradients_of_a_block) {
  const Block b = random_block(4, 6);
  expect_gradients(
      [](const auto &in) {
        return transform(in[0], {in[1], in[2], in[3], in[4], in[5], in[6], in[7], in[8], in[9]}, 2, {});
      },
      {random_tensor({2, 3, 4}, 10), b.attention_norm, b.wq, b.wk, b.wv, b.wo, b.hidden_norm, b.w1, b.w2, b.w3});
}

TEST(Blocks, gradients_of_the_input) {
  auto maps = torch::zeros({1, 2, static_cast<std::int64_t>(kMap)}, torch::kDouble);
  maps.slice(2, 0, 100).fill_(2);
  maps[0][1].slice(0, 300, 400).fill_(5);
  for (const bool logarithmic : {false, true})
    expect_gradients([&](const auto &in) { return encode(maps, in[0], in[1], logarithmic); },
                           {random_tensor({1, 3}, 1), random_tensor({static_cast<std::int64_t>(kPercentiles)}, 2)});
}

TEST(Blocks, gradients_of_the_loss) {
  auto target = random_tensor({2, 6}, 1).abs() + 1;
  target[0][3] = 0;
  expect_gradients([&](const auto &in) { return relative_error(in[0], target); }, {random_tensor({2, 6}, 2)});
}

TEST(Blocks, the_norm_by_hand) {
  const auto x = torch::tensor({3.0, 4.0}, torch::kDouble), w = torch::tensor({2.0, 1.0}, torch::kDouble);
  const auto y = rms_norm(x, w);
  EXPECT_NEAR(y[0].item<double>(), 6 / std::sqrt(12.5 + 1e-5), 1e-12);
  EXPECT_NEAR(y[1].item<double>(), 4 / std::sqrt(12.5 + 1e-5), 1e-12);
}

TEST(Blocks, the_rotation_is_orthogonal) {
  const std::int64_t width = 6, rows = 5;
  // Of unit vectors, so that the result is the matrix of each row.
  const auto unit = torch::eye(width, torch::kDouble).view({width, 1, 1, width}).expand({width, 1, rows, width});
  const auto turned = rotate(unit).squeeze(1).transpose(0, 1);
  for (std::int64_t r = 0; r < rows; r++)
    EXPECT_TRUE(torch::allclose(turned[r].matmul(turned[r].t()), torch::eye(width, torch::kDouble), 1e-12, 1e-12));
  EXPECT_TRUE(torch::allclose(turned[0], torch::eye(width, torch::kDouble)));
  // Pair 1 of row 2 by 2 * 10000^(-1/3).
  EXPECT_NEAR(turned[2][2][2].item<double>(), std::cos(2 * std::pow(1e4, -1 / 3.0)), 1e-12);
  EXPECT_NEAR(turned[2][2][3].item<double>(), std::sin(2 * std::pow(1e4, -1 / 3.0)), 1e-12);
}

TEST(Blocks, a_rotated_product_depends_on_the_distance_alone) {
  const auto q = random_tensor({1, 1, 1, 8}, 1).expand({1, 1, 6, 8}),
             k = random_tensor({1, 1, 1, 8}, 2).expand({1, 1, 6, 8});
  const auto product = torch::matmul(rotate(q), rotate(k).transpose(2, 3))[0][0];
  for (std::int64_t i = 1; i < 6; i++)
    for (std::int64_t j = 1; j < 6; j++)
      EXPECT_NEAR(product[i][j].item<double>(), product[i - 1][j - 1].item<double>(), 1e-12);
  EXPECT_GT(std::abs((product[0][0] - product[3][0]).item<double>()), 1e-3);
}

TEST(Blocks, a_row_does_not_see_later_ones) {
  const Block b = random_block(8, 12);
  const auto x = random_tensor({1, 5, 8}, 1);
  auto changed = x.clone();
  changed[0][3] += 1;
  const auto before = transform(x, b, 2, {}), after = transform(changed, b, 2, {});
  EXPECT_TRUE(torch::equal(before.slice(1, 0, 3), after.slice(1, 0, 3)));
  for (std::int64_t r = 3; r < 5; r++) EXPECT_FALSE(torch::allclose(before[0][r], after[0][r]));
}

TEST(Blocks, attention_to_a_single_row_and_to_equal_ones) {
  const auto q = random_tensor({1, 1, 3, 4}, 1), v = random_tensor({1, 1, 3, 4}, 2);
  const auto k = random_tensor({1, 1, 1, 4}, 3).expand({1, 1, 3, 4});
  const auto y = attend(q, k, v, {});
  EXPECT_TRUE(torch::allclose(y[0][0][0], v[0][0][0]));
  EXPECT_TRUE(torch::allclose(y[0][0][2], v[0][0].mean(0)));
}

TEST(Blocks, an_empty_bucket_is_learnt) {
  auto maps = torch::zeros({1, 1, static_cast<std::int64_t>(kMap)});
  maps.slice(2, 100, 200).fill_(4);
  const auto empty = torch::arange(static_cast<std::int64_t>(kPercentiles)).to(torch::kFloat);
  const auto parameters = torch::tensor({{7.0F, 8.0F}});
  const auto row = encode(maps, parameters, empty, false)[0][0], log = encode(maps, parameters, empty, true)[0][0];
  EXPECT_TRUE(torch::equal(row.slice(0, 0, 100), empty));
  EXPECT_TRUE(torch::equal(row.slice(0, 900, 1000), empty));
  EXPECT_EQ(row[150].item<float>(), 4);
  EXPECT_FLOAT_EQ(log[150].item<float>(), std::log(4.0F));
  EXPECT_EQ(row[1000].item<float>(), 7);
  EXPECT_EQ(row[1001].item<float>(), 8);
}

TEST(Blocks, the_loss_counts_what_is_empty) {
  const auto target = torch::tensor({{2.0, 0.0, 4.0, 0.0}}), answer = torch::tensor({{3.0, 9.0, 3.0, 9.0}});
  EXPECT_DOUBLE_EQ(relative_error(answer, target).item<double>(), (0.5 + 0.25) / 4);
}

TEST(Blocks, dropout_keeps_the_mean_and_its_seed) {
  const auto x = torch::ones({10000});
  const auto y = Dropout(0.2, 1)(x);
  EXPECT_NEAR(y.mean().item<double>(), 1, 0.02);
  EXPECT_NEAR(y.eq(0).to(torch::kDouble).mean().item<double>(), 0.2, 0.02);
  EXPECT_FLOAT_EQ(y.max().item<float>(), 1.25F);
  EXPECT_TRUE(torch::equal(y, Dropout(0.2, 1)(x)));
  EXPECT_FALSE(torch::equal(y, Dropout(0.2, 2)(x)));
  EXPECT_TRUE(torch::equal(x, Dropout()(x)));
}

}  // namespace
}  // namespace liteflow::sim::m3
