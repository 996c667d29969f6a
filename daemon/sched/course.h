// SPDX-License-Identifier: GPL-2.0
// Course: the simulated hosts that a model of flow sizes is trained, chosen and
// tested on.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "daemon/regression/contest.h"
#include "daemon/sched/evaluation.h"

namespace liteflow::sched {

struct CourseOptions {
  regression::ContestOptions contest;
  std::size_t training_hosts = 12, validation_hosts = 4, test_hosts = 9;  // of each workload
  double seconds = 200;           // that a host is watched
  std::size_t most_flows = 4000;  // of a host
  std::size_t calibration_rows = 2000;
};

// What sorts of hosts there are; seeds of one are no other's.
enum class Role { training, validation, test };

// The flows of one host.
std::vector<lf_sched_record> flows_of(const Workload &workload, Role role, std::size_t host, const CourseOptions &options);
// Rows of all hosts of a role, workload by workload.
regression::Rows rows_of_hosts(Role role, const CourseOptions &options);

// By the workload's name.
using Test = std::map<std::string, Evaluated>;
Test test(const std::string &model, const CourseOptions &options, const std::function<void()> &done);

}  // namespace liteflow::sched
