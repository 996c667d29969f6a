// SPDX-License-Identifier: GPL-2.0
// Runs the cases and prints what came of them as JSON.
//
// Usage: lf-bench-adapt MODELS-DIR WORK-DIR [--seeds N] [--only CASE] [--log LEVEL] > raw.json
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "codegen/error.h"
#include "daemon/aurora/learner.h"
#include "daemon/service/log.h"
#include "daemon/training/blas.h"
#include "daemon/training/file.h"
#include "daemon/update/cpu_time.h"
#include "tests/bench-adapt/cases.h"
#include "tests/bench-adapt/environment.h"

namespace liteflow::bench {
namespace {

using nlohmann::ordered_json;

constexpr float kShift = 1.5F;  // action units: 3.75 % of the rate in every interval

constexpr const char *kUsage =
    "usage: lf-bench-adapt MODELS-DIR WORK-DIR [--seeds N] [--only CASE] [--log LEVEL]\n";

struct Arguments {
  std::string models, work, only, log = "error";
  std::uint64_t seeds = 5;
};

// The shipped policy, its mean shifted: it overfills every path.
std::string mistuned(const Arguments &arguments) {
  const std::string path = arguments.models + "/aurora.pt";
  std::ifstream in(path, std::ios::binary);
  std::stringstream bytes;
  if (!(bytes << in.rdbuf())) throw Error(path + ": can't read it");
  aurora::Learner learner{aurora::LearnerOptions{}};
  learner.load(bytes.str(), path);
  auto parameters = learner.parameters();
  parameters.back() += kShift / 8;  // the last bias, in units of the last layer
  learner.set_parameters(parameters);
  const std::string file = arguments.work + "/mistuned.pt";
  write_file(file, learner.save());
  return file;
}

ordered_json to_json(const Tally &t) {
  return {{"utilisation", t.utilisation()}, {"queue_ms", t.queue_ms()},
          {"reward", t.mean_reward()}, {"decisions", t.decisions}};
}

ordered_json to_json(const Result &r) {
  Tally all;
  ordered_json by_phase;
  for (std::size_t i = 0; i < r.phases.size(); i++) {
    by_phase[phases()[i].name] = to_json(r.phases[i]);
    all.add(r.phases[i]);
  }
  ordered_json updates = ordered_json::object();
  for (const auto &[result, n] : r.updates) updates[result] = n;
  return {{"seed", r.seed}, {"all", to_json(all)}, {"phases", by_phase}, {"rounds", r.rounds},
          {"updates", updates}, {"batch_bytes", r.batch_bytes}, {"staged_bytes", r.staged_bytes}};
}

ordered_json run_all(const std::vector<Case> &cases, const Arguments &arguments,
                     const std::string &bad, ordered_json &costs) {
  ordered_json list = ordered_json::array();
  for (const auto &one : cases) {
    if (!arguments.only.empty() && one.name != arguments.only) continue;
    ordered_json runs = ordered_json::array(), cost = ordered_json::array();
    for (std::uint64_t seed = 1; seed <= arguments.seeds; seed++) {
      const auto model = one.start == "shipped" ? arguments.models + "/aurora.pt" : bad;
      const Result r = run(one, seed, model, arguments.models + "/aurora-calibration.csv");
      runs.push_back(to_json(r));
      cost.push_back({{"tune_cpu_s", r.tune_cpu_s}, {"quantise_cpu_s", r.quantise_cpu_s},
                      {"cpu_s", r.cpu_s}});
      std::cerr << fmt::format("bench-adapt: {}, {}, seed {}: {:.1f} s of CPU\n", one.start,
                               one.name, seed, r.cpu_s);
    }
    costs.push_back({{"start", one.start}, {"name", one.name}, {"runs", cost}});
    list.push_back({{"name", one.name}, {"about", one.about}, {"start", one.start},
                    {"config", one.config}, {"runs", runs}});
  }
  return list;
}

void read_options(const std::vector<std::string> &words, Arguments &arguments) {
  for (std::size_t i = 2; i < words.size(); i += 2) {
    const std::string value = i + 1 < words.size() ? words[i + 1] : "";
    if (words[i] == "--seeds" && std::atoi(value.c_str()) > 0)
      arguments.seeds = std::strtoull(value.c_str(), nullptr, 10);
    else if (words[i] == "--only" && !value.empty())
      arguments.only = value;
    else if (words[i] == "--log" && !value.empty())
      arguments.log = value;
    else
      throw Error(words[i] + ": not understood; " + kUsage);
  }
}

int main_of(const Arguments &arguments) {
  setup_log(arguments.log);
  const std::string bad = mistuned(arguments);
  const WorldOptions world;
  ordered_json path = ordered_json::array(), costs = ordered_json::array(), result;
  for (const auto &phase : phases())
    path.push_back({{"name", phase.name}, {"rate_bps", phase.rate}, {"rtt_s", phase.base_rtt}});
  result["parameters"] = {{"seeds", arguments.seeds}, {"phases", path}, {"phase_s", kPhaseSeconds},
                          {"connections", world.connections}, {"life_s", world.life_s},
                          {"least_life_s", world.least_life_s}, {"mistuned_by", kShift}};
  result["rules"] = run_all(rules(), arguments, bad, costs);
  result["intervals"] = run_all(intervals(), arguments, bad, costs);
  result["meta"] = {{"cpu", costs}, {"cpu_s", cpu_seconds()}, {"blas_core", blas_core()}};
  std::cout << result.dump(1) << '\n';
  return std::cout.flush() ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace
}  // namespace liteflow::bench

int main(int argc, char **argv) {
  liteflow::choose_blas_core(argv);
  liteflow::bench::Arguments arguments;
  std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() < 2) {
    std::cerr << liteflow::bench::kUsage;
    return 2;
  }
  arguments.models = words[0];
  arguments.work = words[1];
  try {
    liteflow::bench::read_options(words, arguments);
    return liteflow::bench::main_of(arguments);
  } catch (const std::exception &error) {
    std::cerr << "lf-bench-adapt: " << error.what() << '\n';
    return 1;
  }
}
