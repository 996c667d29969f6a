// SPDX-License-Identifier: GPL-2.0
// Report: what `liteflowd pretrain lb` tells of a course, as JSON and as a page of
// the documentation.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "daemon/lb/chooser.h"
#include "daemon/regression/contest.h"

namespace liteflow::lb {

struct CourseOptions {
  regression::ContestOptions contest;
  std::size_t training_fabrics = 200, validation_fabrics = 40, test_fabrics = 64;  // of each kind
  std::size_t probes = 50;  // of a fabric
  std::size_t calibration_rows = 2000;
};

// Of the test fabrics of one kind.
struct Tested {
  std::map<std::string, Slowdowns> choosers;  // by name
  double log_r2 = 0;                          // of the network's predictions
  std::size_t probes = 0;
};

struct Report {
  CourseOptions options;
  std::vector<regression::Candidate> candidates;
  regression::Candidate chosen;
  std::map<std::string, Tested> test;  // by kind
  std::size_t training_rows = 0, validation_rows = 0;
};

nlohmann::json to_json(const Report &report);
std::string document(const Report &report, const std::string &picture);
void print(const Report &report);

}  // namespace liteflow::lb
