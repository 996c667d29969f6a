// SPDX-License-Identifier: GPL-2.0
// Pretraining: makes the congestion-control models that ship in models/.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "daemon/aurora/train.h"

namespace liteflow {

struct PretrainOptions {
  std::string output = "models/aurora.pt";      // beside it: <stem>-calibration.csv
  std::string results_dir = "build/results";    // pretrain-NAME.json and .png
  std::uint64_t first_seed = 1;
  unsigned seeds = 5;                  // trained one by one; the best on the validation set is written
  std::uint64_t steps = 3'000'000;     // decisions per seed
  unsigned jobs = 2;                   // seeds trained at the same time
  std::string reward = "scale-free";   // Aurora only: or "published"
  bool quick = false;                  // seconds instead of minutes: proves the path, not the policy
};

// What a seed is judged by.
struct Requirement {
  std::string name;  // empty where there is but one
  aurora::RewardWeights weights;
};

// What is trained, and how.
struct Course {
  std::string name;     // of the command and of its result files
  std::string network;  // in words, for the results
  std::string reward;   // the same
  aurora::TrainOptions train;        // all but the seed
  std::vector<Requirement> judged;   // given to the network where train.environment.preference says so
  std::vector<std::size_t> shown;    // indices of train.objectives whose curves the picture names
};

// Throws Error naming what is wrong with the options of `liteflowd pretrain NAME`.
void check(const PretrainOptions &options, const std::string &name);
// Fewer steps and environments where options.quick says so.
void set_scale(aurora::TrainOptions &train, const PretrainOptions &options);

// Train, validate, write model, calibration rows, results and picture; report
// on stdout, progress on stderr. Returns the process's exit code; throws Error.
int pretrain(const Course &course, const PretrainOptions &options);
int pretrain_aurora(const PretrainOptions &options);

}  // namespace liteflow
