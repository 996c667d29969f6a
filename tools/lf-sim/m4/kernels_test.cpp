// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/m4/kernels.h"

#include <gtest/gtest.h>

#include <cmath>

#include "daemon/training/rng.h"

namespace liteflow::sim::m4 {
namespace {

std::vector<float> random(std::size_t n, std::uint64_t seed, double size = 1) {
  Rng rng(seed);
  std::vector<float> v(n);
  for (float &x : v) x = static_cast<float>(rng.uniform(-size, size));
  return v;
}

class Sets : public testing::TestWithParam<std::size_t> {
 protected:
  const Kernels &k() const { return kernels()[GetParam()]; }
};

TEST_P(Sets, product) {
  for (const std::size_t outputs : {16, 32, 48, 64, 96, 192, 208})
    for (const std::size_t rows : {1, 2, 3, 5, 6, 7, 11, 13, 18})
      for (const std::size_t inputs : {1, 8, 65}) {
        const std::size_t stride = stride_of(inputs);
        const auto x = random(rows * stride, 1), w = random(inputs * outputs, 2), bias = random(outputs, 3);
        const auto before = random(rows * outputs, 4);
        for (const Into into : {Into::bias, Into::bias_relu, Into::sum, Into::sum_relu}) {
          auto y = before;
          k().product(x.data(), stride, rows, inputs, w.data(), outputs, bias.data(), into, y.data());
          for (std::size_t r = 0; r < rows; r++)
            for (std::size_t o = 0; o < outputs; o++) {
              const bool adds = into == Into::sum || into == Into::sum_relu;
              double sum = adds ? before[r * outputs + o] : bias[o];
              for (std::size_t i = 0; i < inputs; i++)
                sum += static_cast<double>(x[r * stride + i]) * w[i * outputs + o];
              if (into == Into::bias_relu || into == Into::sum_relu) sum = std::max(sum, 0.0);
              ASSERT_NEAR(y[r * outputs + o], sum, 1e-5) << rows << " " << inputs << " " << outputs;
            }
        }
      }
}

// However many there are, a row is what it is alone, to the bit.
TEST_P(Sets, rows_do_not_depend_on_each_other) {
  constexpr std::size_t kRows = 13, kWidth = 64;
  const auto x = random(kRows * kWidth, 1), w = random(kWidth * 96, 2), bias = random(96, 3);
  std::vector<float> all(kRows * 96), one(96);
  k().product(x.data(), kWidth, kRows, kWidth, w.data(), 96, bias.data(), Into::bias, all.data());
  for (std::size_t r = 0; r < kRows; r++) {
    k().product(x.data() + r * kWidth, kWidth, 1, kWidth, w.data(), 96, bias.data(), Into::bias, one.data());
    for (std::size_t i = 0; i < 96; i++) ASSERT_EQ(all[r * 96 + i], one[i]);
  }
}

TEST_P(Sets, gate) {
  constexpr std::size_t kRows = 3, kStride = 32;
  for (const double size : {0.5, 5.0, 200.0}) {
    const auto in = random(kRows * 3 * kStride, 1, size), st = random(kRows * 3 * kStride, 2, size);
    const auto before = random(kRows * kStride, 3);
    auto state = before;
    k().gate(in.data(), st.data(), kRows, kStride, state.data());
    const auto sigmoid = [](double v) { return 1 / (1 + std::exp(-v)); };
    for (std::size_t r = 0; r < kRows; r++)
      for (std::size_t i = 0; i < kStride; i++) {
        const auto at = [&](const std::vector<float> &v, std::size_t part) {
          return static_cast<double>(v[(r * 3 + part) * kStride + i]);
        };
        const double reset = sigmoid(at(in, 0) + at(st, 0)), update = sigmoid(at(in, 1) + at(st, 1));
        const double candidate = std::tanh(at(in, 2) + reset * at(st, 2));
        ASSERT_NEAR(state[r * kStride + i], (1 - update) * candidate + update * before[r * kStride + i], 2e-6);
      }
  }
}

TEST_P(Sets, padding_stays_zero) {
  std::vector<float> zeros(3 * 16), state(16);
  k().gate(zeros.data(), zeros.data(), 1, 16, state.data());
  for (const float v : state) EXPECT_EQ(v, 0);
}

TEST_P(Sets, normalise) {
  for (const std::size_t width : {16, 12, 64, 96, 200}) {
    constexpr std::size_t kRows = 3;
    const std::size_t stride = stride_of(width);
    std::vector<float> x(kRows * stride), weight = random(width, 2), bias = random(width, 3);
    for (std::size_t r = 0; r < kRows; r++) {
      const auto row = random(width, 10 + r, 3);
      std::copy(row.begin(), row.end(), x.begin() + static_cast<std::ptrdiff_t>(r * stride));
    }
    weight.resize(stride);
    bias.resize(stride);
    for (const bool relu : {false, true}) {
      auto y = x;
      k().normalise(y.data(), kRows, width, weight.data(), bias.data(), relu);
      for (std::size_t r = 0; r < kRows; r++) {
        double mean = 0, square = 0;
        for (std::size_t i = 0; i < width; i++) mean += x[r * stride + i] / static_cast<double>(width);
        for (std::size_t i = 0; i < width; i++)
          square += std::pow(x[r * stride + i] - mean, 2) / static_cast<double>(width);
        for (std::size_t i = 0; i < stride; i++) {
          double v = i < width ? (x[r * stride + i] - mean) / std::sqrt(square + 1e-5) * weight[i] + bias[i] : 0;
          if (relu) v = std::max(v, 0.0);
          ASSERT_NEAR(y[r * stride + i], v, 1e-5);
        }
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Kernels, Sets, testing::Range(std::size_t{0}, kernels().size()),
                         [](const auto &which) { return kernels()[which.param].name; });

}  // namespace
}  // namespace liteflow::sim::m4
