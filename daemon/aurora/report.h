// SPDX-License-Identifier: GPL-2.0
// What pretraining leaves behind: results as JSON, the reward curves as a
// picture, files written whole or not at all.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "daemon/aurora/controller.h"
#include "daemon/aurora/train.h"

namespace liteflow::aurora {

// Means over the scenarios of one class; worst over the same.
struct ClassFigures {
  Figures mean;
  double worst_utilisation = 0, worst_queue_share = 0, worst_reward = 0;
  int scenarios = 0;
};
using Validation = std::map<std::string, ClassFigures>;

// Runs every scenario with a fresh controller.
Validation validate(const std::vector<Scenario> &set, const std::function<std::unique_ptr<Controller>()> &make);

// The figure a seed is chosen by: over the classes, the mean of the mean reward
// (two thirds) and of the worst scenario's (a third): what ships must not fail
// anywhere, but one odd link must not outweigh a whole class.
double score(const Validation &validation);

void write_file(const std::string &path, const std::string &bytes);  // atomically

struct SeedRun {
  std::uint64_t seed = 0;
  std::vector<CurvePoint> curve;
  double score = 0;
};
// Reward curves of all seeds to a PNG through gnuplot. Returns false, and says
// so on stderr, where gnuplot is missing.
bool plot_curves(const std::vector<SeedRun> &runs, std::uint64_t chosen, const std::string &path);

}  // namespace liteflow::aurora
