// SPDX-License-Identifier: GPL-2.0
// What controllers come to on a set of links, by class.
#pragma once

#include <map>
#include <string>
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

}  // namespace liteflow::aurora
