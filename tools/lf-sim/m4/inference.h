// SPDX-License-Identifier: GPL-2.0
// Inference: m4's network as tight loops over contiguous rows, without libtorch.
//
// What an event touches becomes one small matrix, flows before links, that goes through
//   temporal gated units (what has passed since the last event), a graph network of three layers, spatial gated units
//   (what the neighbours say; for flows with the network's parameters)
// and back to the states that it came from. model.h is the same in libtorch.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include "tools/lf-sim/m4/kernels.h"
#include "tools/lf-sim/m4/scene.h"
#include "tools/lf-sim/m4/weights.h"

namespace liteflow::sim::m4 {

// An answer of the network as a factor; one that runs away shall not answer infinity.
inline constexpr double kMostLogRatio = 6;
inline double ratio_of(float answer) {
  return std::exp(std::clamp(static_cast<double>(answer), -kMostLogRatio, kMostLogRatio));
}

// One thread at a time.
class Inference {
 public:
  // parameters: kParameters values. kernels: one of kernels().
  Inference(const Weights &weights, std::span<const float> parameters, const Kernels &kernels);

  // Of what the scene's last event has touched.
  void update(const Scene &scene);
  // The row-th touched flow's: the logarithm of its slowdown's ratio to its base, and of the quantiles'.
  std::span<const float, kAnswers> answers(std::size_t row) const {
    return std::span<const float, kAnswers>(answers_.data() + row * stride_of(kAnswers), kAnswers);
  }
  std::span<const float> flow_state(Slot slot) const { return {flows_.data() + slot * stride_, shape_.hidden}; }
  std::span<const float> link_state(LinkId link) const { return {links_.data() + link * stride_, shape_.hidden}; }

 private:
  struct Dense {
    std::size_t inputs = 0, outputs = 0;  // outputs: with what pads them
    std::vector<float> weight, bias;      // [inputs, outputs], [outputs]
  };
  struct Gated {
    Dense input, state;
  };
  struct Layer {
    Dense project, left, right;
    std::vector<float> norm_weight, norm_bias;
    std::size_t width = 0;
  };

  static Dense pack(const Weights &w, const std::string &weight, const std::string &bias, std::size_t first,
                    std::size_t inputs, std::size_t blocks);
  static Gated pack_gated(const Weights &w, const std::string &name, std::size_t inputs);
  static void absorb(Dense &dense, const Weights &w, const std::string &weight, std::size_t first, std::size_t blocks,
                     std::span<const float> values);

  void gather(const Scene &scene);
  void scatter(const Touch &touch);
  void apply(const Dense &dense, const float *x, std::size_t x_stride, std::size_t rows, Into into, float *y) const;
  void step(const Gated &gated, const float *inputs, std::size_t inputs_stride, std::size_t first, std::size_t rows);
  void layer(const Layer &layer, const Touch &touch, std::size_t x_stride, bool last);
  void answer(const Touch &touch);

  Shape shape_;
  std::size_t stride_;  // of states
  Kernels kernels_;
  Gated temporal_flow_, temporal_link_, spatial_flow_, spatial_link_;
  std::array<Layer, kLayers> layers_;
  Dense hidden_of_inputs_, hidden_of_state_, answer_;

  std::vector<float> flows_, links_;  // states, by slot and by link
  // Of an event, by row.
  std::vector<float> state_, of_input_, of_state_, x_, y_, projected_, sums_, hidden_, answers_;
};

}  // namespace liteflow::sim::m4
