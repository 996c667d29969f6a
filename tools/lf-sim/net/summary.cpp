// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/net/summary.h"

#include <fmt/core.h>

#include <filesystem>
#include <iterator>
#include <nlohmann/json.hpp>
#include <numeric>

#include "daemon/training/file.h"

namespace liteflow::sim {

namespace {

constexpr const char *kNames[kSizeClasses + 1] = {"below_1000", "below_10000", "below_50000", "from_50000", "all"};

}  // namespace

nlohmann::json summary(const nlohmann::json &parameters, const std::vector<Flow> &flows,
                       const std::vector<Completion> &completions) {
  nlohmann::json figures = nlohmann::json::object();
  const std::vector<std::vector<double>> of = slowdowns_by_class(flows, completions);
  for (std::size_t i = 0; i < of.size(); i++) {
    if (of[i].empty()) continue;
    const double sum = std::accumulate(of[i].begin(), of[i].end(), 0.0);
    figures[kNames[i]] = {{"flows", of[i].size()},
                          {"mean", sum / static_cast<double>(of[i].size())},
                          {"p50", percentile(of[i], 50)},
                          {"p90", percentile(of[i], 90)},
                          {"p99", percentile(of[i], 99)}};
  }
  return {{"parameters", parameters}, {"figures", figures}};
}

void write_run(const std::string &directory, const std::vector<Flow> &flows, const std::vector<Completion> &completions,
               const nlohmann::json &parameters, const nlohmann::json &meta) {
  std::filesystem::create_directories(directory);
  write_completions(directory + "/fct.txt", flows, completions);
  std::string table;
  const std::vector<std::vector<double>> of = percentiles(flows, completions);
  for (std::size_t i = 0; i < of.size(); i++) {
    if (of[i].empty()) continue;
    table += kNames[i];
    for (const double value : of[i]) fmt::format_to(std::back_inserter(table), ",{:.6g}", value);
    table += '\n';
  }
  write_file(directory + "/percentiles.csv", table);
  nlohmann::json result = summary(parameters, flows, completions);
  result["meta"] = meta;
  write_file(directory + "/summary.json", result.dump(2) + "\n");
}

}  // namespace liteflow::sim
