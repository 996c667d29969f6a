// SPDX-License-Identifier: GPL-2.0
#include "codegen/interpret.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "codegen/error.h"

namespace liteflow::codegen {
namespace {

void run_layer(const lf_layer &layer, const void *params, std::int16_t *scratch,
               std::int32_t *out) {
  const std::int16_t *src = scratch + layer.src;
  std::int16_t *dst = scratch + layer.dst;
  const auto act = static_cast<lf_act>(layer.act);
  switch (layer.op) {
    case LF_OP_LINEAR:
      if (act == LF_ACT_OUT)
        lf_linear_out(params, src, out, layer.n_in, layer.n_out);
      else
        lf_linear(params, src, dst, layer.n_in, layer.n_out, act);
      break;
    case LF_OP_MAP:
      if (act == LF_ACT_OUT)
        lf_map_out(params, src, out, layer.n_out);
      else
        lf_map(params, src, dst, layer.n_out, act);
      break;
    default:
      lf_copy(src, dst, layer.n_out);
  }
}

}  // namespace

int run(const Network &network, std::span<const std::int32_t> in, std::span<std::int32_t> out) {
  if (in.size() != network.n_in || out.size() != network.n_out)
    throw Error(fmt::format("{} inputs and {} outputs for a network of {} and {}", in.size(),
                            out.size(), network.n_in, network.n_out));
  std::array<std::int16_t, LF_SCRATCH_MAX> scratch;
  const std::byte *at = network.params.data() + sizeof(lf_params);
  const lf_layer &input = network.layers.front();
  const int clipped = lf_input(reinterpret_cast<const lf_clip *>(at), in.data(),
                               scratch.data() + input.dst, input.n_out);
  for (const lf_layer &layer : network.layers) {
    if (layer.op != LF_OP_INPUT) run_layer(layer, at, scratch.data(), out.data());
    at += lf_layer_bytes(&layer);
  }
  return clipped;
}

std::int32_t to_q16(double value) {
  constexpr double kMax = std::numeric_limits<std::int32_t>::max();
  return static_cast<std::int32_t>(
      std::clamp(std::nearbyint(value * (1 << LF_FRAC)), -kMax, kMax));
}

double from_q16(std::int32_t value) { return std::ldexp(value, -LF_FRAC); }

std::vector<double> run(const Network &network, std::span<const double> in) {
  std::vector<std::int32_t> x(in.size()), y(network.n_out);
  std::transform(in.begin(), in.end(), x.begin(), to_q16);
  run(network, x, y);
  std::vector<double> out(y.size());
  std::transform(y.begin(), y.end(), out.begin(), from_q16);
  return out;
}

Matrix run(const Network &network, const Matrix &inputs) {
  Matrix outputs(inputs.rows, network.n_out);
  for (std::size_t r = 0; r < inputs.rows; ++r) {
    const auto y = run(network, std::span(&inputs.values[r * inputs.columns], inputs.columns));
    std::copy(y.begin(), y.end(), &outputs(r, 0));
  }
  return outputs;
}

}  // namespace liteflow::codegen
