// SPDX-License-Identifier: GPL-2.0
// Training of one seed: rollouts of many environments in lock-step, generalised
// advantage estimation, PPO.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "daemon/aurora/environment.h"
#include "daemon/aurora/learner.h"

namespace liteflow::aurora {

// Which objective each environment has in an update, as indices into
// TrainOptions::objectives.
using Curriculum = std::function<std::vector<std::size_t>(std::size_t update, std::size_t updates,
                                                          std::size_t environments, Rng &rng)>;

struct TrainOptions {
  PolicyShape shape;
  std::uint64_t seed = 1;
  std::uint64_t steps = 4'000'000;  // decisions
  std::size_t environments = 64;
  std::size_t horizon = 128;  // decisions per environment and update
  std::size_t epochs = 4, minibatch = 2048;
  double learning_rate = 2e-3;        // falls linearly to a tenth
  double discount = 0.98;             // per interval: about 25 RTTs ahead
  double lambda = 0.95;               // of generalised advantage estimation
  double sigma = 2.5, sigma_min = 0.5;  // exploration, action units
  double smoothness = 0.002;          // reward taken per |action| unit: quiet flows share better
  double entropy = 0, entropy_last = 0;  // weight of the entropy bonus, falls linearly
  std::vector<RewardWeights> objectives;  // empty: environment.weights throughout
  Curriculum curriculum;                  // with objectives only
  Environment::Options environment;
};

struct CurvePoint {
  std::uint64_t step = 0;
  double reward = 0;  // mean over the update's decisions
  double sigma = 0;   // action units
  double kl = 0;
  std::map<std::size_t, double> objectives;  // mean reward of each one that the update had
};

struct Trained {
  std::string model;  // TorchScript bytes
  std::vector<CurvePoint> curve;
};

// `done` counts decisions as they are taken, for a progress bar.
Trained train(const TrainOptions &options, std::atomic<std::uint64_t> &done);

// Advantages and critic targets of consecutive decisions of one flow. values has
// one entry more than rewards: the value after the last one. The critic predicts
// (1 - discount) x the return, which is of the size of a reward.
void advantages(const std::vector<double> &rewards, const std::vector<double> &values, double discount, double lambda,
                float *advantage, float *target);

}  // namespace liteflow::aurora
