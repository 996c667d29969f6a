// SPDX-License-Identifier: GPL-2.0
// Interpreter: evaluates an integer network layer by layer with the functions
// that generated C calls, and so gives the same integers.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "codegen/matrix.h"
#include "codegen/network.h"

namespace liteflow::codegen {

// in: n_in application values, out: n_out (Q16.16). Returns how many inputs
// were clipped. The network must have passed verify().
int run(const Network &network, std::span<const std::int32_t> in, std::span<std::int32_t> out);

// Application values to Q16.16, rounded to nearest and saturated, and back.
std::int32_t to_q16(double value);
double from_q16(std::int32_t value);

// The same on application values; one row in, or every row of a matrix.
std::vector<double> run(const Network &network, std::span<const double> in);
Matrix run(const Network &network, const Matrix &inputs);

}  // namespace liteflow::codegen
