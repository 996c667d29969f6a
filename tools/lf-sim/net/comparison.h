// SPDX-License-Identifier: GPL-2.0
// Comparison: what an estimate says, against what happened.
#pragma once

#include <array>
#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tools/lf-sim/net/completions.h"

namespace liteflow::sim {

// What a run says, as its directory holds it (summary.h), or what lf-sim truth has simulated.
struct Answer {
  std::string name;          // the directory's last part
  std::optional<Completed> flows;  // none if the engine knows no single flow
  std::vector<std::vector<double>> percentiles;  // as percentiles() has them
};
// Error naming the file that is missing or bad.
Answer read_answer(const std::string &directory);

// Errors of slowdowns, relative to the true ones: 0.1 is a tenth too much.
struct FlowErrors {
  double mean = 0, p90 = 0;  // of their amounts
  double bias = 0;           // mean with their signs
};
// Of a class of sizes.
struct Comparison {
  std::size_t flows = 0;            // 0: nothing to compare
  std::optional<FlowErrors> by_flow;
  std::array<double, 3> truth{}, estimate{};  // slowdowns at kCompared
  double p99_error() const { return estimate[2] / truth[2] - 1; }
};
inline constexpr std::array<std::size_t, 3> kCompared{50, 90, 99};  // percentiles

// Of each class, and of all flows last. Errors of single flows with their amounts, sorted, in `errors` if it is given.
// Error if the runs are of other flows, or nothing is known of the true ones'.
std::vector<Comparison> compare(const Answer &truth, const Answer &estimate, std::vector<double> *errors = nullptr);

// {CLASS: {"flows", "mean_error", "p90_error", "bias", "p50": [TRUE, ESTIMATED], ..., "p99_error"}}
nlohmann::json json_of(const std::vector<Comparison> &comparisons);

}  // namespace liteflow::sim
