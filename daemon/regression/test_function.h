// SPDX-License-Identifier: GPL-2.0
// A function of three inputs that tests learn: x where the third is 0, the lesser
// of x and y where it is 1; moved by `shift`.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "daemon/regression/regressor.h"
#include "daemon/training/rng.h"

namespace liteflow::regression {

inline Subject test_subject() {
  return {.name = "test", .centre = {10, 10, 0.5}, .gain = {0.2, 0.2, 1}, .label_centre = 10, .label_scale = 4};
}

inline Rows rows_of_function(std::size_t n, std::uint64_t seed, float shift = 0) {
  Rng rng(seed);
  Rows rows(test_subject().inputs());
  for (std::size_t i = 0; i < n; i++) {
    const auto x = static_cast<float>(rng.uniform(0, 20)), y = static_cast<float>(rng.uniform(0, 20));
    const float which = rng.chance(0.5) ? 1 : 0;
    rows.add(std::array<float, 3>{x, y, which}, (which > 0 ? std::min(x, y) : x) + shift);
  }
  return rows;
}

}  // namespace liteflow::regression
