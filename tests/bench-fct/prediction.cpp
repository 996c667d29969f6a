// SPDX-License-Identifier: GPL-2.0
// How well sizes are predicted of flows that a kernel saw: prints, as JSON, R^2 of
// the shipped network, of the same as its adapter tunes it, and of predictors that
// need none. Of each file, the records of one host, the first half of the flows is
// there to fit and tune on and the second is predicted.
//
// Usage: lf-bench-prediction MODEL RECORDS...    RECORDS: what `lfctl -j batch watch sched` wrote
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "codegen/error.h"
#include "daemon/netlink/q16.h"
#include "daemon/sched/evaluation.h"
#include "daemon/sched/records.h"
#include "daemon/sched/report.h"
#include "daemon/training/file.h"
#include "daemon/training/script.h"

namespace liteflow::bench {
namespace {

using nlohmann::json;

constexpr std::size_t kLeast = 100;  // flows of a host, to fit and to predict

lf_sched_record record_of(const json &j) {
  lf_sched_record r{};
  r.flow = j.at("flow");
  r.time_ns = j.at("time_ns");
  r.bytes = j.at("bytes");
  r.port = j.at("port");
  r.pair = j.at("pair");
  const auto state = j.at("state").get<std::vector<double>>();
  if (state.size() != sched::kInputs) throw Error(fmt::format("state has {} inputs, not {}", state.size(), sched::kInputs));
  std::transform(state.begin(), state.end(), std::begin(r.state), to_q16);
  return r;
}

std::vector<lf_sched_record> read_host(const std::string &path) {
  std::ifstream file(path);
  if (!file) throw Error(path + ": can't be read");
  std::vector<lf_sched_record> records;
  std::string line;
  for (std::size_t number = 1; std::getline(file, line); number++) try {
      const json batch = json::parse(line);
      for (const json &j : batch.at("records")) records.push_back(record_of(j));
    } catch (const std::exception &e) {
      throw Error(fmt::format("{}:{}: no batch of app sched as lfctl -j writes it: {}", path, number, e.what()));
    }
  const auto insane = [](const lf_sched_record &r) { return !sched::is_sane(r); };
  records.erase(std::remove_if(records.begin(), records.end(), insane), records.end());
  if (records.size() < kLeast) throw Error(fmt::format("{}: {} flows, {} are needed", path, records.size(), kLeast));
  // Batches of several CPUs overlap.
  std::stable_sort(records.begin(), records.end(),
                   [](const lf_sched_record &a, const lf_sched_record &b) { return a.time_ns < b.time_ns; });
  return records;
}

int run(const std::vector<std::string> &arguments) {
  use_one_thread();
  const std::string model = read_model(arguments[0], "sched");
  sched::Evaluated evaluated;
  for (std::size_t i = 1; i < arguments.size(); i++) sched::evaluate(evaluated, read_host(arguments[i]), model);
  json told = sched::to_json(evaluated);
  told["bands_bytes"] = sched::kLimits;
  fmt::print("{}\n", told.dump(2));
  return 0;
}

}  // namespace
}  // namespace liteflow::bench

int main(int argc, char **argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() < 2) {
    fmt::print(stderr, "Usage: lf-bench-prediction MODEL RECORDS...\n");
    return 2;
  }
  try {
    return liteflow::bench::run(arguments);
  } catch (const std::exception &e) {
    fmt::print(stderr, "lf-bench-prediction: {}\n", e.what());
    return 1;
  }
}
