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

void write_both(const std::string &directory, const std::vector<std::vector<double>> &percentiles,
                nlohmann::json result, const nlohmann::json &meta) {
  std::string table;
  for (std::size_t i = 0; i < percentiles.size(); i++) {
    if (percentiles[i].empty()) continue;
    table += kNames[i];
    for (const double value : percentiles[i]) fmt::format_to(std::back_inserter(table), ",{:.6g}", value);
    table += '\n';
  }
  write_file(directory + "/percentiles.csv", table);
  result["meta"] = meta;
  write_file(directory + "/summary.json", result.dump(2) + "\n");
}

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

nlohmann::json summary(const nlohmann::json &parameters, const std::vector<std::vector<double>> &percentiles) {
  nlohmann::json figures = nlohmann::json::object();
  for (std::size_t i = 0; i < percentiles.size(); i++)
    if (const std::vector<double> &of = percentiles[i]; !of.empty())
      figures[kNames[i]] = {{"p50", of[49]}, {"p90", of[89]}, {"p99", of[98]}};
  return {{"parameters", parameters}, {"figures", figures}};
}

void write_run(const std::string &directory, const std::vector<Flow> &flows, const std::vector<Completion> &completions,
               const nlohmann::json &parameters, const nlohmann::json &meta) {
  std::filesystem::create_directories(directory);
  write_completions(directory + "/fct.txt", flows, completions);
  write_both(directory, percentiles(flows, completions), summary(parameters, flows, completions), meta);
}

void write_run(const std::string &directory, const std::vector<std::vector<double>> &percentiles,
               const nlohmann::json &parameters, const nlohmann::json &meta) {
  std::filesystem::create_directories(directory);
  write_both(directory, percentiles, summary(parameters, percentiles), meta);
}

}  // namespace liteflow::sim
