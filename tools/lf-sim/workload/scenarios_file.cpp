// SPDX-License-Identifier: GPL-2.0
// Scenario spaces and mixes in files.
#include <fmt/core.h>

#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>

#include "codegen/error.h"
#include "daemon/training/file.h"
#include "tools/lf-sim/workload/scenarios.h"

namespace liteflow::sim {

namespace {

using json = nlohmann::ordered_json;

json parse(const std::string &file) {
  std::ifstream in(file);
  if (!in) throw Error(fmt::format("{}: {}", file, std::strerror(errno)));
  try {
    return json::parse(in);
  } catch (const json::exception &error) {
    throw Error(fmt::format("{}: {}", file, error.what()));
  }
}

template <typename T>
std::vector<T> read_list(const json &root, const char *field) {
  const json &list = root.at(field);
  auto values = list.get<std::vector<T>>();
  if (values.empty()) throw Error(fmt::format("{}: the list is empty", field));
  return values;
}

Range range_of(const json &value, const char *field) {
  const Range range{value.at("low").get<double>(), value.at("high").get<double>()};
  if (!(range.low >= 0 && range.low <= range.high && std::isfinite(range.high)))
    throw Error(fmt::format("{}: {} to {}: give a low that is not below 0 nor above high", field, range.low,
                            range.high));
  return range;
}

Range read_range(const json &root, const char *field) { return range_of(root.at(field), field); }

ScenarioSpace space_of(const json &root) {
  ScenarioSpace space;
  space.matrices = read_list<std::string>(root, "spatials");
  space.sizes = read_list<std::string>(root, "size_dists");
  space.sigmas = read_list<double>(root, "lognorm_sigmas");
  space.max_load = read_range(root, "max_loads");
  space.clusters = read_list<std::string>(root, "clusters");
  space.buffer = read_range(root, "bfszs");
  space.window = read_range(root, "windows");
  space.pfc = read_list<double>(root, "pfcs");
  space.transports = read_list<std::string>(root, "ccs");
  for (const json &range : root.at("params")) space.parameters.push_back(range_of(range, "params"));
  return space;
}

Mix mix_of(const json &root) {
  Mix mix;
  mix.id = root.at("id").get<std::uint64_t>();
  mix.matrix = root.at("spatial").get<std::string>();
  mix.sizes = root.at("size_dist").get<std::string>();
  mix.sigma = root.at("lognorm_sigma").get<double>();
  mix.max_load = root.at("max_load").get<double>();
  mix.cluster = root.at("cluster").get<std::string>();
  mix.buffer = root.at("bfsz").get<double>();
  mix.window = root.at("window").get<std::uint64_t>();
  mix.pfc = root.at("enable_pfc").get<double>() != 0;
  mix.transport = root.at("cc").get<std::string>();
  for (std::size_t i = 1; root.contains(fmt::format("param_{}", i)); i++)
    mix.parameters.push_back(root.at(fmt::format("param_{}", i)).get<double>());
  return mix;
}

json json_of(const Mix &mix) {
  json root = {{"id", mix.id},
               {"spatial", mix.matrix},
               {"size_dist", mix.sizes},
               {"lognorm_sigma", mix.sigma},
               {"max_load", mix.max_load},
               {"cluster", mix.cluster},
               {"param_id", 0},
               {"bfsz", mix.buffer},
               {"window", mix.window},
               {"enable_pfc", mix.pfc ? 1 : 0},
               {"cc", mix.transport}};
  for (std::size_t i = 0; i < mix.parameters.size(); i++) root[fmt::format("param_{}", i + 1)] = mix.parameters[i];
  return root;
}

}  // namespace

ScenarioSpace read_space(const std::string &file) {
  const json root = parse(file);
  try {
    return space_of(root);
  } catch (const json::exception &error) {
    throw Error(fmt::format("{}: no scenario space as m3 writes it: {}", file, error.what()));
  } catch (const Error &error) {
    throw Error(fmt::format("{}: {}", file, error.what()));
  }
}

std::vector<Mix> read_mixes(const std::string &file) {
  const json all = parse(file);
  std::vector<Mix> mixes;
  try {
    for (const json &root : all) mixes.push_back(mix_of(root));
  } catch (const json::exception &error) {
    throw Error(fmt::format("{}: mix {}: not as m3 writes it: {}", file, mixes.size(), error.what()));
  }
  return mixes;
}

void write_mixes(const std::string &file, const std::vector<Mix> &mixes) {
  json all = json::array();
  for (const Mix &mix : mixes) all.push_back(json_of(mix));
  write_file(file, all.dump(4) + "\n");
}

}  // namespace liteflow::sim
