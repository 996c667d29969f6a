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
#include <numeric>

#include "codegen/error.h"

namespace liteflow::sim {

namespace {

using nlohmann::json;

// Racks of each pod, by the places of their names.
std::vector<std::vector<std::size_t>> read_pods(const json &root, std::size_t racks, const std::string &file) {
  const auto names = root.at("matrix").at("idx2name").get<std::vector<std::string>>();
  std::vector<std::vector<std::size_t>> pods;
  std::vector<bool> seen(racks);
  for (const json &pod : root.at("pod2tors")) {
    pods.emplace_back();
    for (const auto &name : pod.get<std::vector<std::string>>()) {
      const auto rack = static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin());
      if (rack >= racks || seen[rack])
        throw Error(fmt::format("{}: pod2tors: rack '{}' is none of idx2name, or is there twice", file, name));
      seen[rack] = true;
      pods.back().push_back(rack);
    }
  }
  if (std::find(seen.begin(), seen.end(), false) != seen.end())
    throw Error(fmt::format("{}: pod2tors: a rack of the matrix is in no pod", file));
  return pods;
}

template <typename T>
void shuffle(std::vector<T> &values, Rng &rng) {
  for (std::size_t i = values.size(); i > 1; i--) std::swap(values[i - 1], values[rng.below(i)]);
}

}  // namespace

TrafficMatrix::TrafficMatrix(std::size_t racks, std::vector<double> weights, const std::string &name)
    : racks_(racks), weights_(std::move(weights)), pods_(1) {
  if (racks == 0 || weights_.size() != racks * racks)
    throw Error(fmt::format("{}: the matrix is not square", name));
  double sum = 0;
  for (std::size_t i = 0; i < weights_.size(); i++) {
    if (!(weights_[i] >= 0) || !std::isfinite(weights_[i]))
      throw Error(fmt::format("{}: row {}, column {} is {}: weights are not below 0", name, i / racks + 1,
                              i % racks + 1, weights_[i]));
    sums_.push_back(sum += weights_[i]);
  }
  if (sum == 0) throw Error(fmt::format("{}: all weights are 0", name));
  for (std::size_t rack = 0; rack < racks; rack++) pods_[0].push_back(rack);
}

TrafficMatrix TrafficMatrix::uniform(std::size_t racks) {
  return {racks, std::vector<double>(racks * racks, 1), "uniform"};
}

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

TrafficMatrix TrafficMatrix::hot(std::size_t racks, std::uint64_t seed) {
  constexpr double kCold = 0.001;
  Rng rng(seed);
  std::vector<std::size_t> order(racks);
  std::iota(order.begin(), order.end(), 0);
  shuffle(order, rng);
  std::vector<double> heat(racks, kCold), weights;
  for (std::size_t i = 0; i < (racks + 3) / 4; i++) heat[order[i]] = rng.uniform(0.5, 1);
  for (const double from : heat)
    for (const double to : heat) weights.push_back((from + to) * rng.uniform(0.9, 1.1));
  return {racks, std::move(weights), "hot"};
}

TrafficMatrix TrafficMatrix::local(std::size_t racks, std::uint64_t seed) {
  constexpr double kWithin = 0.7;  // of what a rack sends
  Rng rng(seed);
  std::vector<double> weights;
  for (std::size_t from = 0; from < racks; from++)
    for (std::size_t to = 0; to < racks; to++) {
      const double even = from == to ? kWithin : (1 - kWithin) / static_cast<double>(racks - 1);
      weights.push_back(even * rng.uniform(0.8, 1.2));
    }
  return {racks, std::move(weights), "local"};
}

TrafficMatrix TrafficMatrix::read(const std::string &file) {
  std::ifstream in(file);
  if (!in) throw Error(fmt::format("{}: {}", file, std::strerror(errno)));
  try {
    const json root = json::parse(in);
    const json &rows = root.at("matrix").at("inner");
    std::vector<double> weights;
    for (const json &row : rows) {
      if (row.size() != rows.size()) throw Error(fmt::format("{}: the matrix is not square", file));
      for (const json &weight : row) weights.push_back(weight.get<double>());
    }
    TrafficMatrix matrix(rows.size(), std::move(weights), file);
    if (root.contains("pod2tors")) matrix.pods_ = read_pods(root, matrix.racks_, file);
    return matrix;
  } catch (const json::exception &error) {
    throw Error(fmt::format("{}: no traffic matrix as m3 writes it: {}", file, error.what()));
  }
}

TrafficMatrix TrafficMatrix::named(const std::string &name, std::size_t racks) {
  if (name == "uniform") return uniform(racks);
  const std::size_t colon = name.find(':');
  const std::string kind = name.substr(0, colon);
  if (colon != std::string::npos && (kind == "skewed" || kind == "hot" || kind == "local")) {
    std::uint64_t seed = 0;
    const char *begin = name.data() + colon + 1, *end = name.data() + name.size();
    const auto [last, status] = std::from_chars(begin, end, seed);
    if (status != std::errc() || last != end)
      throw Error(fmt::format("matrix '{}': give a seed behind the colon", name));
    return kind == "skewed" ? skewed(racks, 1, seed) : kind == "hot" ? hot(racks, seed) : local(racks, seed);
  }
  TrafficMatrix matrix = read(name);
  if (matrix.racks() != racks)
    throw Error(fmt::format("{}: a matrix of {} racks, but the topology has {}", name, matrix.racks(), racks));
  return matrix;
}

TrafficMatrix TrafficMatrix::placed(Rng &rng) const {
  std::vector<std::vector<std::size_t>> pods = pods_;
  shuffle(pods, rng);
  std::vector<std::size_t> order;
  for (std::vector<std::size_t> &pod : pods) {
    shuffle(pod, rng);
    order.insert(order.end(), pod.begin(), pod.end());
  }
  std::vector<double> weights;
  for (const std::size_t from : order)
    for (const std::size_t to : order) weights.push_back(weight(from, to));
  TrafficMatrix matrix(racks_, std::move(weights), "placed");
  std::size_t next = 0;
  for (std::vector<std::size_t> &pod : pods)
    for (std::size_t &rack : pod) rack = next++;
  matrix.pods_ = std::move(pods);
  return matrix;
}

double TrafficMatrix::weight(std::size_t from, std::size_t to) const { return weights_[from * racks_ + to]; }

std::pair<std::size_t, std::size_t> TrafficMatrix::draw(Rng &rng) const {
  const auto at = std::upper_bound(sums_.begin(), sums_.end(), rng.uniform(0, sums_.back()));
  const auto pair = static_cast<std::size_t>(std::min(at, sums_.end() - 1) - sums_.begin());
  return {pair / racks_, pair % racks_};
}

}  // namespace liteflow::sim
