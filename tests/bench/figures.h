// SPDX-License-Identifier: GPL-2.0
// Figures of a benchmark: percentiles, and the result file with what varies by
// machine (host, versions, load, times) in its member `meta`.
#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace liteflow::bench {

// The p-th percentile, 0..100, by linear interpolation between the nearest
// ranks. Throws Error for an empty list.
double percentile(std::vector<double> values, double p);

// {n, min, p10, median, p90, p99, max}, rounded to `digits` decimals.
nlohmann::json spread(const std::vector<double> &values, int digits = 1);

double rounded(double value, int digits);

// {name, parameters, figures, meta}; meta also says what ran it: CPU, number of
// CPUs, load, kernel, compiler.
nlohmann::json make_result(const std::string &name, nlohmann::json parameters,
                           nlohmann::json figures, nlohmann::json meta);

// Throws Error naming the member that a result file must have and hasn't, or
// the number that is none.
void check_result(const nlohmann::json &result);

void write_result(const std::string &path, const nlohmann::json &result);
nlohmann::json read_result(const std::string &path);

}  // namespace liteflow::bench
