// SPDX-License-Identifier: GPL-2.0
// Report: what `liteflowd pretrain sched` tells of a course, as JSON and as a page
// of the documentation.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "daemon/sched/course.h"

namespace liteflow::sched {

struct Report {
  CourseOptions options;
  std::vector<regression::Candidate> candidates;
  regression::Candidate chosen;
  Test test;
  std::size_t training_rows = 0, validation_rows = 0;
};

inline constexpr double kPredictable = 0.5;  // R^2 of the table, from which on a workload is called so
inline constexpr double kControlMost = 0.05;  // R^2, of the network on any host of the control

// Nothing that nobody could know is predicted.
bool control_holds(const Report &report);

nlohmann::json to_json(const Evaluated &evaluated);
nlohmann::json to_json(const Report &report);
std::string document(const Report &report, const std::string &picture);
void print(const Report &report);

}  // namespace liteflow::sched
