// SPDX-License-Identifier: GPL-2.0
// The yardstick: a network in C the way the original LiteFlow prototype
// computes it, written anew from its description.
#pragma once

#include <string>

#include "codegen/matrix.h"
#include "codegen/model.h"

namespace liteflow::bench {

// Everything is unrolled 64-bit arithmetic; each layer is a function from the
// one before's static buffer of 64-bit integers to its own:
//   quantise      x * 1000 -> 8 bits, one scale and zero point per layer
//   linear        out = sum of (in - zero point) * constant, + constant, then
//                 (out * mantissa / 10^4) >> exponent, + zero point
//   tanh          a table of 300 entries 0.01 apart, of two decimals; scales
//                 are decimal fractions: multiplied and divided
//   dequantise    8 bits -> y * 1000
// without rounding or saturation. The weights are quantised to 8 bits, one
// scale per layer.
//
// model: linear layers and tanh in turn, as imported. The C file defines
//   void prototype_query(const long long *in, long long *out);
// Throws Error where the model is of another form.
std::string prototype_c(const codegen::Model &model, const Matrix &calibration);

inline constexpr double kPrototypeScale = 1000;  // of inputs and outputs

}  // namespace liteflow::bench
