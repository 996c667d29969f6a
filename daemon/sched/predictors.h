// SPDX-License-Identifier: GPL-2.0
// Predictors of flow sizes that need no network, fitted on the earlier flows of a
// host: what a network must be better than.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "daemon/sched/host.h"

namespace liteflow::sched {

// Of each flow, as bytes and as log2 of 1 + bytes: what is best for the one is
// not for the other.
struct Prediction {
  std::vector<double> bytes, logs;
};

inline constexpr const char *kTable = "table of (peer, port)";

// By name, for the later flows: last size, mean of the last, the table, and a
// line through the bytes that wait at the start.
std::vector<std::pair<std::string, Prediction>> simple_predictions(std::span<const lf_sched_record> earlier,
                                                                   std::span<const lf_sched_record> later);

// What a model answered.
Prediction prediction_of(const std::vector<float> &logs);

}  // namespace liteflow::sched
