// SPDX-License-Identifier: GPL-2.0
// Pretraining: makes the Aurora model that ships in models/.
#pragma once

#include <cstdint>
#include <string>

namespace liteflow {

struct PretrainOptions {
  std::string output = "models/aurora.pt";      // beside it: <stem>-calibration.csv
  std::string results_dir = "build/results";    // pretrain-aurora.json and .png
  std::uint64_t first_seed = 1;
  unsigned seeds = 3;                  // trained one by one; the best on the validation set is written
  std::uint64_t steps = 4'000'000;     // decisions per seed
  unsigned jobs = 2;                   // seeds trained at the same time
  std::string reward = "scale-free";   // or "published"
  bool quick = false;                  // seconds instead of minutes: proves the path, not the policy
};

// Train, validate, write model, calibration rows, results and picture; report
// on stdout, progress on stderr. Returns the process's exit code; throws Error.
int pretrain_aurora(const PretrainOptions &options);

}  // namespace liteflow
