// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/workload/matrix.h"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string_view>

#include "codegen/error.h"

namespace liteflow::sim {

TrafficMatrix::TrafficMatrix(std::size_t racks, std::vector<double> weights, const std::string &name)
    : racks_(racks), sums_(std::move(weights)) {
  if (racks == 0 || sums_.size() != racks * racks)
    throw Error(fmt::format("{}: the matrix is not square", name));
  double sum = 0;
  for (std::size_t i = 0; i < sums_.size(); i++) {
    if (!(sums_[i] >= 0) || !std::isfinite(sums_[i]))
      throw Error(fmt::format("{}: row {}, column {} is {}: weights are not below 0", name, i / racks + 1, i % racks + 1,
                              sums_[i]));
    sums_[i] = sum += sums_[i];
  }
  if (sum == 0) throw Error(fmt::format("{}: all weights are 0", name));
}

TrafficMatrix TrafficMatrix::uniform(std::size_t racks) { return {racks, std::vector<double>(racks * racks, 1), "uniform"}; }

TrafficMatrix TrafficMatrix::skewed(std::size_t racks, double sigma, std::uint64_t seed) {
  Rng rng(seed);
  const auto draw = [&] { return std::exp(sigma * rng.normal()); };
  std::vector<double> sends(racks), receives(racks), weights;
  std::generate(sends.begin(), sends.end(), draw);
  std::generate(receives.begin(), receives.end(), draw);
  for (const double from : sends)
    for (const double to : receives) weights.push_back(from * to * draw());
  return {racks, std::move(weights), "skewed"};
}

TrafficMatrix TrafficMatrix::read(const std::string &file) {
  std::ifstream in(file);
  if (!in) throw Error(fmt::format("{}: {}", file, std::strerror(errno)));
  try {
    const nlohmann::json root = nlohmann::json::parse(in);
    const nlohmann::json &rows = root.at("matrix").at("inner");
    std::vector<double> weights;
    for (const nlohmann::json &row : rows) {
      if (row.size() != rows.size()) throw Error(fmt::format("{}: the matrix is not square", file));
      for (const nlohmann::json &weight : row) weights.push_back(weight.get<double>());
    }
    return {rows.size(), std::move(weights), file};
  } catch (const nlohmann::json::exception &error) {
    throw Error(fmt::format("{}: no traffic matrix as m3 writes it: {}", file, error.what()));
  }
}

TrafficMatrix TrafficMatrix::named(const std::string &name, std::size_t racks) {
  constexpr std::string_view kSkewed = "skewed:";
  if (name == "uniform") return uniform(racks);
  if (name.rfind(kSkewed, 0) == 0) {
    std::uint64_t seed = 0;
    const char *begin = name.data() + kSkewed.size(), *end = name.data() + name.size();
    const auto [last, status] = std::from_chars(begin, end, seed);
    if (status != std::errc() || last != end) throw Error(fmt::format("matrix '{}': give a seed behind the colon", name));
    return skewed(racks, 1, seed);
  }
  TrafficMatrix matrix = read(name);
  if (matrix.racks() != racks)
    throw Error(fmt::format("{}: a matrix of {} racks, but the topology has {}", name, matrix.racks(), racks));
  return matrix;
}

std::pair<std::size_t, std::size_t> TrafficMatrix::draw(Rng &rng) const {
  const auto at = std::upper_bound(sums_.begin(), sums_.end(), rng.uniform(0, sums_.back()));
  const auto pair = static_cast<std::size_t>(std::min(at, sums_.end() - 1) - sums_.begin());
  return {pair / racks_, pair % racks_};
}

}  // namespace liteflow::sim
