// SPDX-License-Identifier: GPL-2.0
// Model: m4's network in libtorch, to be trained. inference.h is the same without.
//
// Every touched flow has a state, every touched link too. An event makes the states of those that it touches anew (see
// inference.h), and three heads read them:
//   slowdown, of [inputs, parameters, state] of a flow: when it completes, and at every event before
//   left, of a flow's state: the share of its bytes that is not delivered; queue, of a link's: the cube root of its kB
// The last two are for training alone, where a packet-level trace says what they should be.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "tools/lf-sim/m4/lockstep.h"
#include "tools/lf-sim/m4/weights.h"

namespace liteflow::sim::m4 {

// One of AdamW (Loshchilov and Hutter, 2019), and what the losses count beside that of completed flows.
struct Step {
  double learning_rate = 1e-3;
  double beta1 = 0.9, beta2 = 0.999;
  double decay = 0;         // of matrices
  double most_gradient = 1;  // length to which a longer gradient is cut; 0: none
  double every_event = 0.5;  // of touched flows, at every event
  double quantile = 0.5;     // of the quantiles, at every event
  double left = 0.1, queue = 0.1;
};

// Means over some frames.
struct Losses {
  std::size_t completed = 0, events = 0;  // what the means are of
  double slowdown = 0;                    // |answer / truth - 1| of completed flows, from their states at the end
  double every_event = 0, quantile = 0;   // weighted
  double left = 0, queue = 0;             // absolute errors
};

// One thread at a time; call use_one_thread() (daemon/training/script.h) before the first one is made.
class Model {
 public:
  Model(const Shape &shape, std::uint64_t seed);
  explicit Model(const Weights &weights);
  Model(Model &&) noexcept;
  Model &operator=(Model &&) noexcept;
  ~Model();

  const Shape &shape() const;
  Weights weights() const;

  // Before the first frame of a lock-step: so many places for states.
  void begin(std::size_t flow_places, std::size_t link_places);
  // The next frames, and a step on their losses. Gradients go back to the first of them, not farther.
  Losses learn(std::span<const Frame> frames, const Step &step);
  // The next frames; the losses alone.
  Losses judge(std::span<const Frame> frames);
  // The next frame: kAnswers for each of its flows.
  std::vector<float> answer(const Frame &frame);
  std::vector<float> flow_state(std::size_t place) const;
  std::vector<float> link_state(std::size_t place) const;

  // Weights, what the optimiser has kept of its gradients, and a word of the trainer's. `name` is what an Error calls
  // the source.
  std::string save_training(const std::string &progress) const;
  static std::pair<Model, std::string> load_training(const std::string &bytes, const std::string &name);

 private:
  struct Impl;
  explicit Model(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace liteflow::sim::m4
