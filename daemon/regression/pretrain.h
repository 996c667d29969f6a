// SPDX-License-Identifier: GPL-2.0
// Pretraining of a model of labels: what its commands have in common.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "daemon/regression/contest.h"

namespace liteflow {

struct LabelPretrainOptions {
  std::string output;                         // beside it: <stem>-calibration.csv
  std::string results_dir = "build/results";  // pretrain-NAME.json and .png
  std::string document;                       // Markdown; beside it: <stem>.svg. Empty: none
  std::uint64_t first_seed = 1;
  unsigned seeds = 5;
  bool quick = false;  // seconds instead of minutes: proves the path, not the model
};

// Throws Error naming what is wrong with the options of `liteflowd pretrain NAME`.
void check(const LabelPretrainOptions &options, const std::string &name);

namespace regression {

// With fewer passes and shapes where options.quick says so.
ContestOptions contest_of(const LabelPretrainOptions &options);

// What a course came to, by whoever held it.
struct Outcome {
  nlohmann::json result;                                             // without `meta`
  std::function<std::string(const std::string &picture)> document;  // picture: its file name
  const std::vector<Candidate> &candidates;
  const Candidate &chosen;
  std::chrono::steady_clock::time_point start;
};

// Figures, curves and, if it is asked for, the page of the documentation.
void write_results(const Subject &subject, const LabelPretrainOptions &options, const Outcome &outcome);
// The model, and so many rows spread over those of the training.
void write_model(const LabelPretrainOptions &options, const Candidate &chosen, const Rows &training,
                 std::size_t calibration_rows);

}  // namespace regression
}  // namespace liteflow
