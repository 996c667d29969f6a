// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/workload/scenarios.h"

#include <fmt/core.h>

#include <charconv>
#include <cmath>
#include <filesystem>
#include <optional>
#include <utility>

#include "codegen/error.h"
#include "daemon/training/rng.h"
#include "tools/lf-sim/workload/workload.h"

namespace liteflow::sim {

namespace {

namespace fs = std::filesystem;

template <typename T>
const T &one_of(const std::vector<T> &list, Rng &rng) {
  return list[rng.below(list.size())];
}

double draw(const Range &range, Rng &rng) { return rng.uniform(range.low, range.high); }

// Empty if there is none.
std::string find_file(const std::string &name, const std::vector<std::string> &folders) {
  for (const fs::path &part : {fs::path(name), fs::path(name).filename()})
    for (const std::string &folder : folders)
      if (const fs::path path = folder / part; fs::is_regular_file(path)) return path.string();
  return {};
}

std::string file_or_name(const std::string &name, const std::vector<std::string> &folders) {
  const std::string file = find_file(name, folders);
  return file.empty() ? name : file;
}

// The number N of "sync-all-N.txt", m4's made-up sizes.
std::optional<std::uint64_t> number_of_made_up(const std::string &name) {
  constexpr std::string_view kBegin = "sync-all-", kEnding = ".txt";
  if (!name.starts_with(kBegin) || !name.ends_with(kEnding)) return {};
  const char *begin = name.data() + kBegin.size(), *end = name.data() + name.size() - kEnding.size();
  std::uint64_t number = 0;
  const auto [last, status] = std::from_chars(begin, end, number);
  return status == std::errc() && last == end ? std::optional(number) : std::nullopt;
}

Distribution sizes_of(const std::string &name, const std::vector<std::string> &folders) {
  constexpr std::string_view kEnding = "-all.txt";
  if (const std::string file = find_file(name, folders); !file.empty()) return Distribution::read(file);
  const std::string last = fs::path(name).filename().string();
  if (const auto number = number_of_made_up(last)) {
    constexpr const char *kShapes[] = {"exp", "gaussian", "lognorm", "pareto"};  // in turn, as published
    return Distribution::named(fmt::format("{}:{}", kShapes[*number % 4], Rng(*number).uniform(15000, 50000)));
  }
  return Distribution::named(last.ends_with(kEnding) ? last.substr(0, last.size() - kEnding.size()) : name);
}

// "2x4x4:2x4" as numbers; none if it is not of this form.
std::vector<std::size_t> sizes_of_tree(const std::string &name) {
  constexpr std::string_view kBetween = "xx:x";
  std::vector<std::size_t> numbers;
  const char *at = name.data(), *const end = at + name.size();
  while (true) {
    std::size_t number = 0;
    const auto [next, status] = std::from_chars(at, end, number);
    if (status != std::errc()) return {};
    numbers.push_back(number);
    if (next == end) break;
    if (numbers.size() > kBetween.size() || *next != kBetween[numbers.size() - 1]) return {};
    at = next + 1;
  }
  return numbers.size() == kBetween.size() + 1 ? numbers : std::vector<std::size_t>{};
}

Cluster cluster_of(const std::string &name, const std::vector<std::string> &folders) {
  const std::vector<std::size_t> n = sizes_of_tree(name);
  if (n.empty()) return read_cluster(file_or_name(name, folders));
  FatTree spec;
  spec.pods = n[0];
  spec.racks = n[1];
  spec.hosts = n[2];
  spec.planes = n[3];
  spec.spines = n[4];
  Topology topology = fat_tree(spec);
  std::vector<std::vector<NodeId>> racks = racks_of(topology);
  return {std::move(topology), std::move(racks)};
}

// Hosts of the lot that "path:HOSTS" is; none if it is not of this form.
std::optional<ParkingLot> lot_of(const std::string &name) {
  for (const std::size_t hosts : {3, 5, 7})
    if (name == fmt::format("path:{}", hosts)) return ParkingLot{.hosts = hosts};
  return {};
}

}  // namespace

std::vector<Mix> draw_mixes(const ScenarioSpace &space, std::size_t count, std::uint64_t seed) {
  Rng rng(seed);
  std::vector<Mix> mixes;
  for (std::size_t id = 0; id < count; id++) {
    Mix mix;
    mix.id = id;
    mix.matrix = one_of(space.matrices, rng);
    mix.sizes = one_of(space.sizes, rng);
    mix.sigma = one_of(space.sigmas, rng);
    mix.max_load = draw(space.max_load, rng);
    mix.cluster = one_of(space.clusters, rng);
    mix.buffer = draw(space.buffer, rng);
    mix.window = static_cast<std::uint64_t>(std::llround(1000 * draw(space.window, rng)));
    mix.pfc = one_of(space.pfc, rng) != 0;
    mix.transport = one_of(space.transports, rng);
    for (const Range &range : space.parameters) mix.parameters.push_back(draw(range, rng));
    mixes.push_back(std::move(mix));
  }
  return mixes;
}

Scenario make_scenario(const Mix &mix, const ScenarioSize &size, const std::vector<std::string> &folders) {
  Distribution sizes = sizes_of(mix.sizes, folders);
  if (size.cap > 0) sizes.cap(size.cap);
  Rng rng(size.seed);
  Traffic traffic;
  traffic.flows = size.flows;
  traffic.load = mix.max_load;
  traffic.sigma = mix.sigma;
  if (const auto lot = lot_of(mix.cluster)) {
    traffic.seed = rng.next();
    Topology topology = parking_lot(*lot);
    std::vector<Flow> flows = make_path_workload(topology, size.flows, sizes, traffic);
    return {std::move(topology), std::move(flows)};
  }
  Cluster cluster = cluster_of(mix.cluster, folders);
  const TrafficMatrix matrix =
      TrafficMatrix::named(file_or_name(mix.matrix, folders), cluster.racks.size()).placed(rng);
  traffic.seed = rng.next();
  std::vector<Flow> flows = make_workload(cluster.topology, cluster.racks, matrix, sizes, traffic);
  return {std::move(cluster.topology), std::move(flows)};
}

}  // namespace liteflow::sim
