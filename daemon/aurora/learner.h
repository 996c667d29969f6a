// SPDX-License-Identifier: GPL-2.0
// Learner: a policy, its critic, and PPO (Schulman et al. 2017) on both. The only
// door to libtorch in this folder.
//
// Aurora (Jay et al. 2019): 30-32-16-1, tanh, linear mean. MOCC (Ma et al. 2022):
// the objective's three weights pass through a preference sub-network (3-8 tanh;
// the paper doesn't publish its size) and join the history: 38-64-32-1. Critics
// are built alike, 64-32, and see more (environment.h).
//
// The policy is exported as TorchScript with parameters fc1_weight [64,38],
// fc1_bias, fc2_weight, fc2_bias, fc3_weight [1,32], fc3_bias, with a preference
// also preference_weight [8,3] and preference_bias, that take application values
// as they are: weights first, history oldest first. Inside, inputs are centred
// and scaled and the mean is scaled (learner.cpp): better conditioned for Adam,
// folded on export and unfolded on import.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace liteflow::aurora {

// A policy's layers.
struct PolicyShape {
  const char *name = "aurora";  // `liteflowd pretrain NAME` makes it
  std::size_t weights = 0;      // of an objective, the first inputs
  std::size_t preference = 0;   // outputs of the sub-network that they pass through
  std::size_t history = 30;
  std::size_t hidden1 = 32, hidden2 = 16;

  std::size_t inputs() const { return weights + history; }
};
inline constexpr PolicyShape kAuroraShape{};
inline constexpr PolicyShape kMoccShape{"mocc", 3, 8, 30, 64, 32};

struct LearnerOptions {
  PolicyShape shape;
  std::uint64_t seed = 1;
  std::size_t critic_inputs = 30;  // of which the first shape.weights are the objective
  double learning_rate = 1e-3;  // Adam
  double critic_rate = 0;       // the critic's own; 0: the same
  double clip = 0.2;            // PPO's bound on the probability ratio
  double entropy = 0;           // weight of the entropy bonus
  double sigma = 2;             // initial standard deviation, action units
  double sigma_min = 0.3;
  double max_gradient = 0.5;    // norm
};

// Rows that one update learns from. Row-major.
struct Samples {
  std::size_t rows = 0;
  std::vector<float> states;         // rows x shape.inputs(), application values
  std::vector<float> critic_states;  // rows x critic_inputs
  std::vector<float> actions;        // applied
  std::vector<float> means, sigmas;  // of the behaviour policy
  std::vector<float> advantages;     // normalised by the update, within each group
  std::vector<std::size_t> groups;   // of each row, e.g. its objective; empty: one group
  std::vector<float> weights;        // of each row in the policy's loss; empty: all 1
  std::vector<float> anchors;        // means of the policy to stay near; empty: of none
  std::vector<float> holds;          // what each row's KL from its anchor, nats, weighs in the loss
  std::vector<float> targets;        // what the critic should say
};

struct UpdateOptions {
  std::size_t epochs = 4, minibatch = 2048;
  bool policy = true, critic = true;  // which of the two learns
  bool train_sigma = true;  // else the ratio uses the behaviour's sigma
  double max_kl = 1e9;      // stop the epochs once mean KL(old, new) exceeds it
};

struct UpdateResult {
  double kl = 0;             // after the update, mean over rows
  double critic_loss = 0;    // mean squared error of the last epoch
  double target_variance = 0;
  std::size_t steps = 0;     // minibatches the policy learnt from
};

class Learner {
 public:
  explicit Learner(const LearnerOptions &options);
  Learner(Learner &&) noexcept;
  ~Learner();

  // TorchScript, in and out. `name` is what an Error calls the source.
  std::string save() const;
  void load(const std::string &bytes, const std::string &name);

  // states: rows x shape.inputs(); out: rows (action units).
  void mean(const float *states, std::size_t rows, float *out) const;
  // inputs: rows x critic_inputs; out: rows.
  void value(const float *inputs, std::size_t rows, float *out) const;

  UpdateResult update(const Samples &samples, const UpdateOptions &options);

  double sigma() const;
  void set_sigma(double sigma);
  void set_learning_rate(double rate);
  void set_entropy(double weight);

  // The policy's parameters in a row, to return to after a bad update.
  std::vector<float> parameters() const;
  void set_parameters(const std::vector<float> &values);

 private:
  struct Impl;
  struct Steps;
  std::unique_ptr<Impl> impl_;
};

}  // namespace liteflow::aurora
