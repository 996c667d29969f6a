// SPDX-License-Identifier: GPL-2.0
// Aurora states as a steered flow sees them, from a seed: what the benchmarked
// networks are calibrated with and evaluated on.
#pragma once

#include <algorithm>
#include <cmath>

#include "codegen/matrix.h"
#include "daemon/training/rng.h"

namespace liteflow::bench {

inline constexpr std::size_t kHistory = 10;  // intervals of a state

inline Matrix draw_states(std::size_t rows, std::uint64_t seed) {
  Rng rng(seed);
  Matrix states(rows, kHistory * 3);
  for (std::size_t r = 0; r < rows; ++r) {
    const double queue = rng.exponential(0.4), loss = rng.chance(0.3) ? rng.uniform(0, 0.3) : 0;
    for (std::size_t k = 0; k < kHistory; ++k) {
      states(r, 3 * k) = std::clamp(0.1 * rng.normal(), -1.0, 4.0);
      states(r, 3 * k + 1) = std::min(1 + queue * rng.uniform(0.5, 1.5), 8.0);
      states(r, 3 * k + 2) = std::clamp(1 + loss + 0.1 * rng.normal(), 0.2, 8.0);
    }
  }
  return states;
}

}  // namespace liteflow::bench
