// SPDX-License-Identifier: GPL-2.0
// Lowering: which integer layers a model becomes and where their values lie in
// scratch. Depends on the graph only, never on a value, so that tuned weights
// give the same shape and can replace the old ones as parameters.
#pragma once

#include <liteflow/snapshot.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "codegen/model.h"

namespace liteflow::codegen {

inline constexpr std::size_t kNone = static_cast<std::size_t>(-1);

// One layer and what it computes. A linear step multiplies the channels of
// `source` by the weights of `linear`; a map step takes them one by one. The
// activation `activation` follows (kNone: identity); `result` is the node whose
// values the layer's outputs are.
struct Step {
  lf_layer layer{};
  std::size_t source = 0;
  std::size_t linear = kNone;
  std::size_t activation = kNone;
  std::size_t result = 0;
};

struct Plan {
  std::vector<Step> steps;
  std::uint16_t scratch = 0;  // s16 elements
};

// model: as simplify() leaves it. Throws Error where it is too large.
Plan lower(const Model &model);

}  // namespace liteflow::codegen
