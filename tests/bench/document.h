// SPDX-License-Identifier: GPL-2.0
// docs/bench.md and the picture's data, generated from the result files.
#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace liteflow::bench {

struct Results {
  nlohmann::json inference, activation, cost, decision;
  std::vector<nlohmann::json> shipped;  // inference of the other apps' networks
};

std::string document(const Results &results);

// For gnuplot: blocks of "label value..." lines, two empty lines apart:
// inference warm and cold, activation delays, cost per ACK.
std::string picture_data(const Results &results);

}  // namespace liteflow::bench
