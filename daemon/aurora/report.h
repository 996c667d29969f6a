// SPDX-License-Identifier: GPL-2.0
// What pretraining leaves behind: results as JSON, the reward curves as a
// picture, files written whole or not at all.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "daemon/aurora/controller.h"

namespace liteflow::aurora {

// Means over the scenarios of one class; worst over the same.
struct ClassFigures {
  Figures mean;
  double worst_utilisation = 0, worst_queue_share = 0, worst_jain = 0, worst_reward = 0;
  int scenarios = 0;
};
using Validation = std::map<std::string, ClassFigures>;

// Runs every scenario with fresh controllers.
Validation validate(const std::vector<Scenario> &set, const MakeController &make, const Judge &judge = {});

// The figure a seed is chosen by: over the classes, the mean of the mean reward
// (two thirds) and of the worst scenario's (a third): what ships must not fail
// anywhere, but one odd link must not outweigh a whole class.
double score(const Validation &validation);

void write_file(const std::string &path, const std::string &bytes);  // atomically

// Reward against decisions of one line of the picture.
struct Line {
  std::string name;
  std::vector<std::pair<double, double>> points;  // millions of decisions, reward
  bool emphasised = false;
};
struct Panel {
  std::string title;
  std::vector<Line> lines;
  bool named = true;  // lines have entries in the key
};
// Panels one above the other to a PNG through gnuplot; each line is averaged
// over `smooth` points: single updates scatter by which links were drawn.
// Returns false, and says so on stderr, where gnuplot is missing.
bool plot(const std::vector<Panel> &panels, std::size_t smooth, const std::string &path);

}  // namespace liteflow::aurora
