// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/m4/kernels.h"

#include <cstdint>
#include <cstring>

namespace liteflow::sim::m4 {
namespace {

// The same code for every instruction set, on vectors as wide as its registers. Inlined into a function of that set,
// or it would be compiled for the lowest one.
#define INLINE [[gnu::always_inline]] inline

template <std::size_t Lanes>
struct Vector {
  using Floats [[gnu::vector_size(Lanes * 4)]] = float;
  using Words [[gnu::vector_size(Lanes * 4)]] = std::int32_t;
  static_assert(kLane % Lanes == 0);
};

template <std::size_t Lanes>
INLINE typename Vector<Lanes>::Floats load(const float *from) {
  typename Vector<Lanes>::Floats v;
  std::memcpy(&v, from, sizeof(v));
  return v;
}

template <typename Floats>
INLINE void store(float *to, const Floats &v) {
  std::memcpy(to, &v, sizeof(v));
}

template <typename Floats>
INLINE Floats larger(const Floats &a, const Floats &b) {
  return a > b ? a : b;
}

// e^x to 2 units in the last place, for |x| <= 87; beyond, of the nearest such x. Range reduction by ln 2 in two
// parts and Taylor's polynomial.
template <std::size_t Lanes>
INLINE typename Vector<Lanes>::Floats exponential(const typename Vector<Lanes>::Floats &unbound) {
  using Floats = typename Vector<Lanes>::Floats;
  constexpr float kBound = 87, kRounder = 12582912;  // 1.5 * 2^23: what is added to it is rounded to a whole number
  constexpr float kPerLn2 = 1.44269504F, kLn2High = 0.693359375F, kLn2Low = -2.12194440e-4F;
  const Floats most = Floats{} + kBound, bounded = unbound > most ? most : unbound;
  const Floats x = bounded < -most ? -most : bounded;
  const Floats shifted = x * kPerLn2 + kRounder, n = shifted - kRounder;
  const Floats r = x - n * kLn2High - n * kLn2Low;
  Floats p = r * (1 / 5040.0F) + 1 / 720.0F;
  p = p * r + 1 / 120.0F;
  p = p * r + 1 / 24.0F;
  p = p * r + 1 / 6.0F;
  p = p * r + 0.5F;
  p = p * r * r + r + 1;
  const auto power = (__builtin_convertvector(n, typename Vector<Lanes>::Words) + 127) << 23;
  return p * reinterpret_cast<Floats>(power);
}

template <std::size_t Lanes>
INLINE typename Vector<Lanes>::Floats sigmoid(const typename Vector<Lanes>::Floats &x) {
  return 1 / (1 + exponential<Lanes>(-x));
}

template <std::size_t Lanes>
INLINE typename Vector<Lanes>::Floats hyperbolic_tangent(const typename Vector<Lanes>::Floats &x) {
  return 2 * sigmoid<Lanes>(2 * x) - 1;
}

// Rows x Vectors of y at once, in registers.
template <std::size_t Lanes, int Rows, int Vectors>
INLINE void block(const float *x, std::size_t x_stride, std::size_t inputs, const float *w, std::size_t outputs,
                  const float *bias, Into into, float *y) {
  using Floats = typename Vector<Lanes>::Floats;
  const bool adds = into == Into::sum || into == Into::sum_relu;
  const bool rectifies = into == Into::bias_relu || into == Into::sum_relu;
  Floats sum[Rows][Vectors];
  for (int r = 0; r < Rows; r++)
    for (int v = 0; v < Vectors; v++) {
      const auto at = static_cast<std::size_t>(v) * Lanes;
      sum[r][v] = adds ? load<Lanes>(y + static_cast<std::size_t>(r) * outputs + at) : load<Lanes>(bias + at);
    }
  for (std::size_t k = 0; k < inputs; k++) {
    Floats weight[Vectors];
    for (int v = 0; v < Vectors; v++) weight[v] = load<Lanes>(w + k * outputs + static_cast<std::size_t>(v) * Lanes);
    for (int r = 0; r < Rows; r++) {
      const float value = x[static_cast<std::size_t>(r) * x_stride + k];
      for (int v = 0; v < Vectors; v++) sum[r][v] += weight[v] * value;
    }
  }
  for (int r = 0; r < Rows; r++)
    for (int v = 0; v < Vectors; v++) {
      float *to = y + static_cast<std::size_t>(r) * outputs + static_cast<std::size_t>(v) * Lanes;
      store(to, rectifies ? larger(sum[r][v], Floats{}) : sum[r][v]);
    }
}

// All rows of a column of blocks, whose weights stay in the cache meanwhile.
template <std::size_t Lanes, int Rows, int Vectors>
INLINE void column(const float *x, std::size_t x_stride, std::size_t rows, std::size_t inputs, const float *w,
                   std::size_t outputs, const float *bias, Into into, float *y) {
  for (; rows >= Rows; rows -= Rows, x += Rows * x_stride, y += Rows * outputs)
    block<Lanes, Rows, Vectors>(x, x_stride, inputs, w, outputs, bias, into, y);
  if constexpr (Rows > 1)
    column<Lanes, Rows / 2, Vectors>(x, x_stride, rows, inputs, w, outputs, bias, into, y);
}

template <std::size_t Lanes, int Rows, int Vectors>
INLINE void product(const float *x, std::size_t x_stride, std::size_t rows, std::size_t inputs, const float *w,
                    std::size_t outputs, const float *bias, Into into, float *y) {
  std::size_t at = 0;
  for (; at + Vectors * Lanes <= outputs; at += Vectors * Lanes)
    column<Lanes, Rows, Vectors>(x, x_stride, rows, inputs, w + at, outputs, bias + at, into, y + at);
  for (; at < outputs; at += Lanes)
    column<Lanes, Rows, 1>(x, x_stride, rows, inputs, w + at, outputs, bias + at, into, y + at);
}

template <std::size_t Lanes>
INLINE void gate(const float *of_input, const float *of_state, std::size_t rows, std::size_t stride, float *state) {
  using Floats = typename Vector<Lanes>::Floats;
  for (std::size_t r = 0; r < rows; r++, of_input += 3 * stride, of_state += 3 * stride, state += stride)
    for (std::size_t i = 0; i < stride; i += Lanes) {
      const Floats reset = sigmoid<Lanes>(load<Lanes>(of_input + i) + load<Lanes>(of_state + i));
      const Floats update = sigmoid<Lanes>(load<Lanes>(of_input + stride + i) + load<Lanes>(of_state + stride + i));
      const Floats heard = load<Lanes>(of_input + 2 * stride + i), own = load<Lanes>(of_state + 2 * stride + i);
      const Floats candidate = hyperbolic_tangent<Lanes>(heard + reset * own);
      store(state + i, candidate + update * (load<Lanes>(state + i) - candidate));
    }
}

template <std::size_t Lanes>
INLINE float total(const typename Vector<Lanes>::Floats &v) {
  float sum = 0;
  for (std::size_t i = 0; i < Lanes; i++) sum += v[i];
  return sum;
}

// What is behind the width is 0, so it counts neither in the sum nor, taken off again, in the squares.
template <std::size_t Lanes>
INLINE void normalise(float *x, std::size_t rows, std::size_t width, const float *weight, const float *bias,
                      bool relu) {
  using Floats = typename Vector<Lanes>::Floats;
  constexpr float kEpsilon = 1e-5F;
  const std::size_t stride = stride_of(width);
  const auto n = static_cast<float>(width), padding = static_cast<float>(stride - width);
  for (std::size_t r = 0; r < rows; r++, x += stride) {
    Floats sum = {}, squares = {};
    for (std::size_t i = 0; i < stride; i += Lanes) sum += load<Lanes>(x + i);
    const float mean = total<Lanes>(sum) / n;
    for (std::size_t i = 0; i < stride; i += Lanes) {
      const Floats d = load<Lanes>(x + i) - mean;
      squares += d * d;
    }
    const float variance = (total<Lanes>(squares) - padding * mean * mean) / n;
    const float scale = 1 / __builtin_sqrtf((variance > 0 ? variance : 0) + kEpsilon);
    for (std::size_t i = 0; i < stride; i += Lanes) {
      const Floats v = (load<Lanes>(x + i) - mean) * scale * load<Lanes>(weight + i) + load<Lanes>(bias + i);
      store(x + i, relu ? larger(v, Floats{}) : v);
    }
  }
}

// ROWS x VECTORS accumulators, the weights and a value of x must fit into the set's registers.
#define KERNELS(SET, TARGET, LANES, ROWS, VECTORS)                                                                 \
  TARGET void product_##SET(const float *x, std::size_t x_stride, std::size_t rows, std::size_t inputs,            \
                            const float *w, std::size_t outputs, const float *bias, Into into, float *y) {         \
    product<LANES, ROWS, VECTORS>(x, x_stride, rows, inputs, w, outputs, bias, into, y);                           \
  }                                                                                                                \
  TARGET void gate_##SET(const float *of_input, const float *of_state, std::size_t rows, std::size_t stride,       \
                         float *state) {                                                                           \
    gate<LANES>(of_input, of_state, rows, stride, state);                                                          \
  }                                                                                                                \
  TARGET void normalise_##SET(float *x, std::size_t rows, std::size_t width, const float *weight,                  \
                              const float *bias, bool relu) {                                                      \
    normalise<LANES>(x, rows, width, weight, bias, relu);                                                          \
  }

KERNELS(avx512, [[gnu::target("avx512f,avx512dq,avx512vl,fma")]], 16, 6, 4)
KERNELS(avx2, [[gnu::target("avx2,fma")]], 8, 6, 2)
KERNELS(plain, , 4, 4, 2)

}  // namespace

const std::vector<Kernels> &kernels() {
  static const std::vector<Kernels> all = [] {
    std::vector<Kernels> some;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
      some.push_back({"avx512", product_avx512, gate_avx512, normalise_avx512});
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
      some.push_back({"avx2", product_avx2, gate_avx2, normalise_avx2});
    some.push_back({"plain", product_plain, gate_plain, normalise_plain});
    return some;
  }();
  return all;
}

}  // namespace liteflow::sim::m4
