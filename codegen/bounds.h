// SPDX-License-Identifier: GPL-2.0
// What is proved of a network, layer by layer.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "codegen/network.h"

namespace liteflow::codegen {

struct LayerBound {
  lf_layer layer{};
  std::uint32_t bytes = 0;       // of parameters
  std::uint32_t macs = 0;        // multiply-accumulates
  std::int64_t accumulator = 0;  // largest sum|w| * LF_ACT_MAX + |bias| of a row
  int bits = 0;                  // of a signed accumulator, 32 at most; 0: none
};

std::vector<LayerBound> layer_bounds(const Network &network);

const char *name_of_op(std::uint8_t op);    // "LF_OP_LINEAR"
const char *name_of_act(std::uint8_t act);  // "LF_ACT_TANH"

}  // namespace liteflow::codegen
