// SPDX-License-Identifier: GPL-2.0
// Q16.16, the kernel's form of application values, to and from doubles.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "codegen/error.h"

namespace liteflow {

constexpr double kQ16One = 65536.0;
constexpr double kQ16Max = 2147483647.0;  // the kernel saturates to +-(2^31 - 1)

// Exact for every sum of fewer than 2^21 s32 values.
inline double from_q16(std::int64_t value) { return static_cast<double>(value) / kQ16One; }

// To the nearest, half away from zero; saturates. Throws Error for NaN.
inline std::int32_t to_q16(double value) {
  if (std::isnan(value)) throw Error("NaN has no Q16.16 form");
  return static_cast<std::int32_t>(std::clamp(std::round(value * kQ16One), -kQ16Max, kQ16Max));
}

}  // namespace liteflow
