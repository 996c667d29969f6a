// SPDX-License-Identifier: GPL-2.0
// lf-bench-report: result files from what the guests printed, and docs/bench.md
// from the result files.
#include <fmt/format.h>

#include <fstream>
#include <sstream>

#include "codegen/error.h"
#include "tests/bench/cost.h"
#include "tests/bench/document.h"
#include "tests/bench/figures.h"

namespace liteflow::bench {
namespace {

const char *const kUsage =
    "Usage: lf-bench-report activation EMIT.json SWAP.json KERNEL RESULT.json COMPILE_NS...\n"
    "       lf-bench-report cost RUNS PROBES KERNEL SECONDS RESULT.json\n"
    "       lf-bench-report decision PROBES KERNEL FLOWS RESULT.json\n"
    "       lf-bench-report document RESULTS_DIR DOCUMENT.md PICTURE_DATA\n";

std::string read_text(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  if (!file) throw Error(path + ": can't be read");
  return text.str();
}

void write_text(const std::string &path, const std::string &text) {
  std::ofstream file(path, std::ios::trunc);
  file << text;
  file.close();
  if (!file) throw Error(path + ": can't be written");
}

// Every list of times as its spread.
nlohmann::json spreads(const nlohmann::json &lists) {
  nlohmann::json found = nlohmann::json::object();
  for (const auto &[name, list] : lists.items())
    found[name] = list.is_array() ? spread(list.get<std::vector<double>>(), 0) : list;
  return found;
}

void activation(const std::vector<std::string> &a) {
  const nlohmann::json emit = nlohmann::json::parse(read_text(a[0]));
  const nlohmann::json swap = nlohmann::json::parse(read_text(a[1]));
  std::vector<double> compile;
  for (std::size_t i = 4; i < a.size(); ++i) compile.push_back(std::stod(a[i]));
  nlohmann::json module = spreads(swap.at("module"));
  module["quantise_ns"] = emit.at("quantise_ns");
  module["emit_ns"] = emit.at("emit_ns");
  module["compile_ns"] = spread(compile, 0);
  nlohmann::json parameters = spreads(swap.at("parameters"));
  parameters["quantise_ns"] = emit.at("quantise_ns");
  // The longest way: everything that the one path does, medians added up.
  const auto median = [](const nlohmann::json &s) { return s.at("median").get<double>(); };
  const double by_parameters = median(parameters["quantise_ns"]) + median(parameters["total_ns"]);
  const double by_module = median(module["quantise_ns"]) + median(module["emit_ns"]) +
                           median(module["compile_ns"]) + median(module["total_ns"]);
  const nlohmann::json &swaps = swap.at("swaps");
  const nlohmann::json figures = {{"failed_inferences", swaps["with_swaps"]["failed"]}};
  const nlohmann::json meta = {{"swaps", spreads(swaps)},
                               {"by_parameters", parameters},
                               {"by_module", module},
                               {"to_serving_ns", {{"parameters", rounded(by_parameters, 0)},
                                                  {"module", rounded(by_module, 0)}}}};
  write_result(a[3], make_result("bench-activation",
                                 {{"kernel", a[2]},
                                  {"guest", "real time"},
                                  {"swaps", swaps["call_ns"].size()},
                                  {"parameter_sets", swap["parameters"]["total_ns"].size()},
                                  {"modules", compile.size()}},
                                 figures, meta));
}

void cost(const std::vector<std::string> &a) {
  const nlohmann::json parameters = {{"kernel", a[2]},        {"guest", "virtual time"},
                                     {"rate", "100 Mbit/s"},  {"rtt", "20 ms"},
                                     {"buffer_bytes", 500000}, {"seconds", std::stoi(a[3])}};
  const nlohmann::json figures = {{"runs", parse_runs(read_text(a[0]))},
                                  {"probes", parse_probes(read_text(a[1]))}};
  write_result(a[4], make_result("bench-cost", parameters, figures, nlohmann::json::object()));
}

void decision(const std::vector<std::string> &a) {
  write_result(a[3], make_result("bench-decision",
                                 {{"kernel", a[1]}, {"guest", "virtual time"}, {"flows", std::stoi(a[2])}},
                                 {{"apps", parse_decisions(read_text(a[0]))}},
                                 nlohmann::json::object()));
}

void document_all(const std::vector<std::string> &a) {
  const Results results = {read_result(a[0] + "/bench-inference.json"),
                           read_result(a[0] + "/bench-activation.json"),
                           read_result(a[0] + "/bench-cost.json"),
                           read_result(a[0] + "/bench-decision.json"),
                           {read_result(a[0] + "/bench-inference-sched.json"),
                            read_result(a[0] + "/bench-inference-lb.json")}};
  write_text(a[1], document(results));
  write_text(a[2], picture_data(results));
}

}  // namespace
}  // namespace liteflow::bench

int main(int argc, char **argv) {
  using namespace liteflow::bench;
  const std::string verb = argc > 1 ? argv[1] : "";
  const std::vector<std::string> arguments(argv + std::min(argc, 2), argv + argc);
  try {
    if (verb == "activation" && arguments.size() > 4)
      activation(arguments);
    else if (verb == "cost" && arguments.size() == 5)
      cost(arguments);
    else if (verb == "decision" && arguments.size() == 4)
      decision(arguments);
    else if (verb == "document" && arguments.size() == 3)
      document_all(arguments);
    else
      return fmt::print(stderr, "{}", kUsage), 2;
  } catch (const std::exception &e) {
    fmt::print(stderr, "lf-bench-report: {}\n", e.what());
    return 1;
  }
  return 0;
}
