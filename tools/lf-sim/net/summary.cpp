// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/net/summary.h"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string_view>

#include "codegen/error.h"
#include "daemon/training/file.h"
#include "tools/lf-sim/net/lines.h"

namespace liteflow::sim {

namespace {

constexpr const char *kNames[kSizeClasses + 1] = {"below_1000", "below_10000", "below_50000", "from_50000", "all"};

nlohmann::json write_both(const std::string &directory, const std::vector<std::vector<double>> &percentiles,
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
  return result;
}

}  // namespace

nlohmann::json summary(const nlohmann::json &parameters, const std::vector<Flow> &flows,
                       const std::vector<Completion> &completions) {
  nlohmann::json figures = nlohmann::json::object();
  const std::vector<std::vector<double>> of = slowdowns_by_class(flows, completions);
  for (std::size_t i = 0; i < of.size(); i++) {
    if (of[i].empty()) continue;
    const double sum = std::accumulate(of[i].begin(), of[i].end(), 0.0);
    figures[class_name(i)] = {{"flows", of[i].size()},
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
      figures[class_name(i)] = {{"p50", of[49]}, {"p90", of[89]}, {"p99", of[98]}};
  return {{"parameters", parameters}, {"figures", figures}};
}

nlohmann::json write_run(const std::string &directory, const std::vector<Flow> &flows,
                         const std::vector<Completion> &completions, const nlohmann::json &parameters,
                         const nlohmann::json &meta) {
  std::filesystem::create_directories(directory);
  write_completions(directory + "/fct.txt", flows, completions);
  return write_both(directory, percentiles(flows, completions), summary(parameters, flows, completions), meta);
}

nlohmann::json write_run(const std::string &directory, const std::vector<std::vector<double>> &percentiles,
                         const nlohmann::json &parameters, const nlohmann::json &meta) {
  std::filesystem::create_directories(directory);
  return write_both(directory, percentiles, summary(parameters, percentiles), meta);
}

std::vector<std::vector<double>> read_percentiles(const std::string &file) {
  std::vector<std::vector<double>> read(kSizeClasses + 1);
  Lines lines(file, Lines::kBlanksAndCommas);
  while (lines.next()) {
    const std::string_view name = lines.word("the class");
    const auto known = std::ranges::find(kNames, name, [](const char *of) { return std::string_view(of); });
    if (known == std::end(kNames)) lines.fail(fmt::format("'{}' is no class of sizes", name));
    std::vector<double> &row = read[static_cast<std::size_t>(known - std::begin(kNames))];
    if (!row.empty()) lines.fail(fmt::format("'{}' stands here twice", name));
    for (int percent = 1; percent <= 100; percent++) row.push_back(lines.real(fmt::format("percentile {}", percent)));
    lines.end();
  }
  if (read.back().empty()) throw Error(fmt::format("{}: no line \"all\"", file));
  return read;
}

const char *class_name(std::size_t row) { return kNames[row]; }

}  // namespace liteflow::sim
