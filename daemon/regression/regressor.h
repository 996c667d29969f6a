// SPDX-License-Identifier: GPL-2.0
// Regressor: a small feed-forward network that predicts a label from features.
// This folder's only door to libtorch.
//
// Two hidden layers of leaky ReLU (slope 1/8), a linear output, and a ReLU behind
// it in the exported model: labels are logarithms of 1 + something. Leaky, since
// a unit that tuning on one host's traffic has silenced could never return.
//
// The loss is Huber's with a bend at `delta`. Labels are log2, so errors are
// halvings: even there they have a heavy tail (a flow that begins like a small
// one may be a thousand times as large). Squared, those few would rule every
// gradient; absolute, the many that are nearly right would never come to rest.
//
// Where rows come in sets of alternatives whose labels are all known, what matters is
// which one is chosen by the predictions: the regret is added, how much larger the
// label is on average than the set's least one if one is drawn with probabilities
// in proportion to 2^(-sharpness prediction).
//
// TorchScript parameters: fc1_weight [h1, inputs], fc1_bias, fc2_weight, fc2_bias,
// fc3_weight [1, h2], fc3_bias, for application values as they are; inside, inputs
// are centred and scaled, which export folds in and import takes out.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "daemon/regression/rows.h"

namespace liteflow::regression {

// What is regressed on what; of an input x the network sees (x - centre) * gain.
struct Subject {
  const char *name = "";  // `liteflowd pretrain NAME` makes a model
  std::vector<double> centre, gain;
  double label_centre = 0, label_scale = 1;

  std::size_t inputs() const { return centre.size(); }
};

using Hidden = std::array<std::size_t, 2>;  // units of the hidden layers

struct RegressorOptions {
  Hidden hidden = {16, 16};
  std::uint64_t seed = 1;
  double learning_rate = 3e-3;  // Adam
  double delta = 1;             // where the loss becomes linear, in label units
  double anchor = 0;            // weight of the squared distance from the parameters that were loaded
  double regret = 0;            // weight of it, of rows in sets
  double sharpness = 8;         // of the choice that it is of
};

class Regressor {
 public:
  Regressor(Subject subject, const RegressorOptions &options);
  Regressor(Regressor &&) noexcept;
  ~Regressor();

  // TorchScript, in and out. `name` is what an Error calls the source. A loaded
  // model brings the sizes of its hidden layers along.
  std::string save() const;
  void load(const std::string &bytes, const std::string &name);

  // One label per row of features.
  std::vector<float> predict(const std::vector<float> &features) const;
  // Weighted mean of Huber's loss, and the weighted regret.
  double loss(const Rows &rows) const;
  // One pass in random order, so many rows to a gradient step, or what their sets have more.
  void learn(const Rows &rows, std::size_t minibatch);

  void set_learning_rate(double rate);
  std::size_t inputs() const;
  // In a row, to return to after a bad update.
  std::vector<float> parameters() const;
  void set_parameters(const std::vector<float> &values);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace liteflow::regression
