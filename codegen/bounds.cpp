// SPDX-License-Identifier: GPL-2.0
#include "codegen/bounds.h"

#include <algorithm>
#include <bit>
#include <cstdlib>

namespace liteflow::codegen {
namespace {

std::int64_t weight(const lf_layer &layer, const lf_row *rows, std::size_t row, std::size_t column) {
  if (layer.op == LF_OP_MAP)
    return reinterpret_cast<const std::int32_t *>(rows + layer.n_out)[row];
  const auto *lanes = reinterpret_cast<const std::int64_t *>(rows + layer.n_out);
  const std::int64_t lane =
      lanes[lf_lane_at(&layer, static_cast<__u32>(row), static_cast<__u32>(column))];
  const auto low = static_cast<std::int32_t>(lane);
  return row % 2 ? (lane - low) >> 32 : low;
}

std::int64_t accumulator_bound(const lf_layer &layer, const lf_row *rows) {
  const std::size_t columns = layer.op == LF_OP_MAP ? 1 : layer.n_in;
  std::int64_t largest = 0;
  for (std::size_t r = 0; r < layer.n_out; ++r) {
    std::int64_t bound = std::abs(std::int64_t{rows[r].bias});
    for (std::size_t c = 0; c < columns; ++c)
      bound += std::abs(weight(layer, rows, r, c)) * LF_ACT_MAX;
    largest = std::max(largest, bound);
  }
  return largest;
}

}  // namespace

std::vector<LayerBound> layer_bounds(const Network &network) {
  std::vector<LayerBound> bounds;
  for (std::size_t i = 0; i < network.layers.size(); ++i) {
    const lf_layer &layer = network.layers[i];
    LayerBound bound;
    bound.layer = layer;
    bound.bytes = lf_layer_bytes(&layer);
    if (layer.op == LF_OP_LINEAR || layer.op == LF_OP_MAP) {
      bound.macs = layer.op == LF_OP_MAP ? layer.n_out : std::uint32_t{layer.n_in} * layer.n_out;
      bound.accumulator = accumulator_bound(layer, static_cast<const lf_row *>(network.section(i)));
      bound.bits = static_cast<int>(std::bit_width(static_cast<std::uint64_t>(bound.accumulator))) + 1;
    }
    bounds.push_back(bound);
  }
  return bounds;
}

const char *name_of_op(std::uint8_t op) {
  static const char *const names[] = {"LF_OP_INPUT", "LF_OP_LINEAR", "LF_OP_MAP", "LF_OP_COPY"};
  return op < __LF_OP_COUNT ? names[op] : "?";
}

const char *name_of_act(std::uint8_t act) {
  static const char *const names[] = {"LF_ACT_LINEAR", "LF_ACT_TANH", "LF_ACT_SIGMOID",
                                      "LF_ACT_OUT"};
  return act < __LF_ACT_COUNT ? names[act] : "?";
}

}  // namespace liteflow::codegen
