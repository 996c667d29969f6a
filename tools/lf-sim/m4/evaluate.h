// SPDX-License-Identifier: GPL-2.0
// Evaluation: what m4 makes of a record when it runs by itself, beside what happened.
#pragma once

#include <vector>

#include "tools/lf-sim/m4/engine.h"
#include "tools/lf-sim/m4/record.h"

namespace liteflow::sim::m4 {

// Slowdowns of the record's flows, of which it is told no more than when they start.
std::vector<double> predict(const Record &record, const Weights &weights, const Options &options = {});

// Of |predicted / true slowdown - 1| over all flows, and how far off the 99th percentile of the slowdowns is.
struct Errors {
  double mean = 0, p90 = 0, p99 = 0;
};
Errors errors_of(const std::vector<double> &predicted, const std::vector<double> &truth);
// Means over records: mean and p90 of point estimates, p99 of slowdowns that are drawn (Options::draw).
Errors evaluate(const std::vector<const Record *> &records, const Weights &weights);

}  // namespace liteflow::sim::m4
