// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/m4/shape.h"

#include <fmt/format.h>

#include "codegen/error.h"

namespace liteflow::sim::m4 {

void check(const Shape &s) {
  constexpr std::uint32_t kMost = 4096;
  if (s.hidden < 3 || s.hidden > kMost)
    throw Error(fmt::format("shape: hidden = {}: must lie in [3, {}]", s.hidden, kMost));
  if (s.graph < 1 || s.graph > kMost)
    throw Error(fmt::format("shape: graph = {}: must lie in [1, {}]", s.graph, kMost));
  if (s.fluid > 1) throw Error(fmt::format("shape: fluid = {}: must be 0 or 1", s.fluid));
}

}  // namespace liteflow::sim::m4
