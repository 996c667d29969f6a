// SPDX-License-Identifier: GPL-2.0
// Kernels: the few loops in which inference spends its time, each for several instruction sets.
//
// Rows lie at a stride that is a multiple of kLane floats; what is behind a row's width is 0 and stays 0. Every row is
// computed alike, however many there are. Instruction sets differ in the last bits.
#pragma once

#include <cstddef>
#include <vector>

namespace liteflow::sim::m4 {

inline constexpr std::size_t kLane = 16;
constexpr std::size_t stride_of(std::size_t width) { return (width + kLane - 1) / kLane * kLane; }

// What a matrix product adds to, and what becomes of negative values.
enum class Into { bias, bias_relu, sum, sum_relu };

struct Kernels {
  const char *name;

  // y = x w (+ bias, or + y). x: [rows, inputs] at stride x_stride; w: [inputs, outputs]; y, bias: outputs wide, a
  // multiple of kLane. bias is not read for a sum.
  void (*product)(const float *x, std::size_t x_stride, std::size_t rows, std::size_t inputs, const float *w,
                  std::size_t outputs, const float *bias, Into into, float *y);
  // state = (1 - update) candidate + update state, where [reset, update, candidate] are in gates of the input and of
  // the state: [rows, 3 stride].
  void (*gate)(const float *of_input, const float *of_state, std::size_t rows, std::size_t stride, float *state);
  // Each row to mean 0 and variance 1 over its width, times weight plus bias; then negative values to 0, if asked.
  void (*normalise)(float *x, std::size_t rows, std::size_t width, const float *weight, const float *bias, bool relu);
};

// Those that this CPU can run, the fastest first.
const std::vector<Kernels> &kernels();

}  // namespace liteflow::sim::m4
