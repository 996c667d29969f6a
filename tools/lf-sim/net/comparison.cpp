// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/net/comparison.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <numeric>

#include "codegen/error.h"
#include "tools/lf-sim/net/summary.h"

namespace liteflow::sim {

namespace {

bool same_flows(const std::vector<Flow> &a, const std::vector<Flow> &b) {
  return std::ranges::equal(a, b, [](const Flow &x, const Flow &y) {
    return x.id == y.id && x.source == y.source && x.destination == y.destination && x.bytes == y.bytes;
  });
}

FlowErrors errors_of(const std::vector<double> &relative) {
  std::vector<double> amounts;
  amounts.reserve(relative.size());
  for (const double error : relative) amounts.push_back(std::abs(error));
  std::ranges::sort(amounts);
  const auto count = static_cast<double>(relative.size());
  return {.mean = std::accumulate(amounts.begin(), amounts.end(), 0.0) / count,
          .p90 = percentile(amounts, 90),
          .bias = std::accumulate(relative.begin(), relative.end(), 0.0) / count};
}

}  // namespace

Answer read_answer(const std::string &directory) {
  const std::filesystem::path path(directory);
  Answer answer;
  answer.name = (path.has_filename() ? path : path.parent_path()).filename().string();
  if (std::filesystem::exists(path / "fct.txt")) {
    answer.flows = read_completions((path / "fct.txt").string());
    answer.percentiles = percentiles(answer.flows->flows, answer.flows->completions);
  } else {
    answer.percentiles = read_percentiles((path / "percentiles.csv").string());
  }
  return answer;
}

std::vector<Comparison> compare(const Answer &truth, const Answer &estimate, std::vector<double> *errors) {
  if (!truth.flows) throw Error(fmt::format("{}: no fct.txt: what the others are compared with needs it", truth.name));
  if (estimate.flows && !same_flows(truth.flows->flows, estimate.flows->flows))
    throw Error(fmt::format("{} and {} are of other flows: compare runs of the same", truth.name, estimate.name));
  std::vector<std::vector<double>> relative(kSizeClasses + 1);
  std::vector<std::size_t> counts(kSizeClasses + 1);
  for (std::size_t i = 0; i < truth.flows->flows.size(); i++) {
    for (const std::size_t row : {size_class(truth.flows->flows[i].bytes), kSizeClasses}) {
      counts[row]++;
      if (estimate.flows)
        relative[row].push_back(
            estimate.flows->completions[i].slowdown() / truth.flows->completions[i].slowdown() - 1);
    }
  }
  std::vector<Comparison> comparisons(kSizeClasses + 1);
  for (std::size_t row = 0; row <= kSizeClasses; row++) {
    if (counts[row] == 0 || estimate.percentiles[row].empty()) continue;
    Comparison &of = comparisons[row];
    of.flows = counts[row];
    if (estimate.flows) of.by_flow = errors_of(relative[row]);
    for (std::size_t i = 0; i < kCompared.size(); i++) {
      of.truth[i] = truth.percentiles[row][kCompared[i] - 1];
      of.estimate[i] = estimate.percentiles[row][kCompared[i] - 1];
    }
  }
  if (errors) {
    *errors = std::move(relative.back());
    for (double &error : *errors) error = std::abs(error);
    std::ranges::sort(*errors);
  }
  return comparisons;
}

nlohmann::json json_of(const std::vector<Comparison> &comparisons) {
  nlohmann::json all = nlohmann::json::object();
  for (std::size_t row = 0; row < comparisons.size(); row++) {
    const Comparison &of = comparisons[row];
    if (of.flows == 0) continue;
    nlohmann::json &entry = all[class_name(row)];
    entry = {{"flows", of.flows}, {"p99_error", of.p99_error()}};
    for (std::size_t i = 0; i < kCompared.size(); i++)
      entry[fmt::format("p{}", kCompared[i])] = {of.truth[i], of.estimate[i]};
    if (of.by_flow)
      entry.update({{"mean_error", of.by_flow->mean}, {"p90_error", of.by_flow->p90}, {"bias", of.by_flow->bias}});
  }
  return all;
}

}  // namespace liteflow::sim
