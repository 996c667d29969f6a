// SPDX-License-Identifier: GPL-2.0
// Summary: what a run of any engine comes to.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "tools/lf-sim/net/completions.h"

namespace liteflow::sim {

// {"parameters": ..., "figures": {CLASS: {"flows", "mean", "p50", "p90", "p99"}}}: slowdowns; classes by bytes,
// "below_1000", "below_10000", "below_50000", "from_50000", and "all". A class without flows is left out.
nlohmann::json summary(const nlohmann::json &parameters, const std::vector<Flow> &flows,
                       const std::vector<Completion> &completions);

// The same of percentiles 1 to 100 of each class and of all: p50, p90 and p99.
nlohmann::json summary(const nlohmann::json &parameters, const std::vector<std::vector<double>> &percentiles);

// fct.txt, percentiles.csv (CLASS and 100 columns) and summary.json of a run, in a directory, which is made. `meta`:
// what differs from run to run, such as seconds. Returns what summary.json holds.
nlohmann::json write_run(const std::string &directory, const std::vector<Flow> &flows,
                         const std::vector<Completion> &completions, const nlohmann::json &parameters,
                         const nlohmann::json &meta);
// Of an engine that knows no single flow: without fct.txt.
nlohmann::json write_run(const std::string &directory, const std::vector<std::vector<double>> &percentiles,
                         const nlohmann::json &parameters, const nlohmann::json &meta);

// percentiles.csv, as percentiles() has them. Error with file and line.
std::vector<std::vector<double>> read_percentiles(const std::string &file);

// Of size classes, and "all" after them.
const char *class_name(std::size_t row);

}  // namespace liteflow::sim
