// SPDX-License-Identifier: GPL-2.0
// lf-sim sweep: the same flows, or program, with one thing varied.
#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "codegen/error.h"
#include "daemon/training/file.h"
#include "daemon/training/picture.h"
#include "tools/lf-sim/command/commands.h"
#include "tools/lf-sim/command/engine.h"
#include "tools/lf-sim/net/digest.h"
#include "tools/lf-sim/net/failures.h"

namespace liteflow::sim {

namespace {

struct Arguments {
  Engine engine;
  std::string topology, input, output, over;
  std::vector<std::string> values;
  bool program = false;
};

// What is simulated, before or after a value has changed it.
struct Case {
  Engine engine;
  Topology topology;
  std::vector<Flow> flows;
  Program program;
};

double number(const std::string &value) {
  double read = 0;
  const auto [end, status] = std::from_chars(value.data(), value.data() + value.size(), read);
  if (status != std::errc() || end != value.data() + value.size() || !std::isfinite(read) || read < 0)
    throw Error(fmt::format("--values: '{}' is no number from 0 on", value));
  return read;
}

void scale_load(Case &of, double factor) {
  if (factor == 0) throw Error("--values: a load of 0 times");
  for (Flow &flow : of.flows) flow.start_ns = std::llround(static_cast<double>(flow.start_ns) / factor);
}

void slow_hosts(Case &of, const std::string &value) {
  const std::size_t colon = value.find(':');
  if (colon == std::string::npos) throw Error(fmt::format("--values: '{}': give HOSTS:REDUCTION, such as 4:10", value));
  of.topology = with_slow_hosts(of.topology, static_cast<std::size_t>(number(value.substr(0, colon))),
                                number(value.substr(colon + 1)));
}

const std::map<std::string, std::function<void(Case &, const std::string &)>> kChanges{
    {"window", [](Case &of, const std::string &value) { of.engine.settings.window_kb = number(value); }},
    {"buffer", [](Case &of, const std::string &value) { of.engine.settings.buffer_kb = number(value); }},
    {"ecn", [](Case &of, const std::string &value) { of.engine.settings.ecn_k_kb = number(value); }},
    {"load", [](Case &of, const std::string &value) { scale_load(of, number(value)); }},
    {"failed",
     [](Case &of, const std::string &value) {
       of.topology = without_cables(of.topology, static_cast<std::size_t>(number(value)), of.engine.seed);
     }},
    {"slow-hosts", slow_hosts},
};

// The summary of a case that an earlier sweep has done; null if none has.
nlohmann::json done_before(const std::string &directory, const nlohmann::json &parameters) {
  std::ifstream in(directory + "/summary.json");
  const nlohmann::json result = in ? nlohmann::json::parse(in, nullptr, false) : nlohmann::json();
  return result.is_object() && result.value("parameters", nlohmann::json()) == parameters ? result : nlohmann::json();
}

nlohmann::json run_case(const Arguments &arguments, const Case &base, const std::string &value,
                        const std::string &inputs) {
  Case of = base;
  kChanges.at(arguments.over)(of, value);
  nlohmann::json parameters = parameters_of(of.engine);
  parameters.update({{arguments.over, value}, {"inputs", inputs}});
  const std::string directory = fmt::format("{}/{}", arguments.output, value);
  if (nlohmann::json result = done_before(directory, parameters); !result.is_null()) return result;
  return arguments.program ? run_steps(of.engine, of.topology, of.program, directory, parameters)
                           : run_flows(of.engine, of.topology, of.flows, directory, parameters);
}

constexpr const char *kShown[] = {"p50", "p90", "p99"};

std::vector<double> figures_of(const nlohmann::json &result, bool program) {
  const nlohmann::json &figures = result.at("figures");
  if (program) return {figures.at("end_ns").get<double>() / 1e6};
  std::vector<double> values;
  for (const char *name : kShown) values.push_back(figures.at("all").at(name).get<double>());
  return values;
}

void check(const Arguments &arguments) {
  const std::string &over = arguments.over, &engine = arguments.engine.name;
  if (arguments.program && over == "load") throw Error("--over load: a program has no load of its own");
  if ((over == "window" || over == "buffer" || over == "ecn") && (engine == "flowsim" || engine == "table"))
    throw Error(fmt::format("--over {}: {} knows of none; give another --engine", over, engine));
}

void run(const Arguments &arguments) {
  check(arguments);
  Case base{.engine = arguments.engine, .topology = read_topology(arguments.topology), .flows = {}, .program = {}};
  if (arguments.program)
    base.program = read_program(arguments.input, base.topology);
  else
    base.flows = read_flows(arguments.input, base.topology);
  // What a value changes is not to be read from the file again.
  base.engine.settings = settings_of(arguments.engine);
  base.engine.transport = name_of(base.engine.settings.transport);
  base.engine.settings_file.clear();
  std::vector<std::string> names(std::begin(kShown), std::end(kShown));
  if (arguments.program) names = {"end_ms"};
  std::vector<std::string> files{arguments.topology, arguments.input};
  if (!arguments.engine.model.empty()) files.push_back(arguments.engine.model);
  const std::string inputs = digest_of(files);
  std::string table = fmt::format("{},{}\n", arguments.over, fmt::join(names, ","));
  std::vector<Line> lines;
  for (const std::string &name : names) lines.push_back({.name = name, .points = {}});
  for (std::size_t i = 0; i < arguments.values.size(); i++) {
    const std::vector<double> figures =
        figures_of(run_case(arguments, base, arguments.values[i], inputs), arguments.program);
    table += fmt::format("{},{:.6g}\n", arguments.values[i], fmt::join(figures, ","));
    const double x = arguments.over == "slow-hosts" ? static_cast<double>(i + 1) : number(arguments.values[i]);
    for (std::size_t k = 0; k < figures.size(); k++) lines[k].points.emplace_back(x, figures[k]);
    fmt::print("{} {}: {} {:.4g}\n", arguments.over, arguments.values[i], fmt::join(names, ", "),
               fmt::join(figures, ", "));
    std::fflush(stdout);
  }
  write_file(arguments.output + "/sweep.csv", table);
  plot({.x = arguments.over, .y = arguments.program ? "ms" : "slowdown"},
       {{.title = arguments.engine.name, .lines = lines}}, 1, arguments.output + "/sweep.svg");
}

}  // namespace

void add_sweep(CLI::App &app, Chosen &chosen) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App *command =
      app.add_subcommand("sweep", "Run with one thing varied: a run for each value, a table, a picture");
  command->add_option("TOPOLOGY", arguments->topology, "Topology file")->required();
  command->add_option("FLOWS", arguments->input, "File of flows, or of a program")->required();
  command->add_option("-o,--output", arguments->output, "Directory; runs that it holds already are not done again")
      ->required();
  std::vector<std::string> names;
  for (const auto &[name, change] : kChanges) names.push_back(name);
  command
      ->add_option(
          "--over", arguments->over,
          "window, buffer, ecn: in kB; load: times the flows' own; failed: cables between switches; slow-hosts: "
          "HOSTS:REDUCTION of the rate of their links")
      ->required()
      ->check(CLI::IsMember(names));
  command->add_option("--values", arguments->values, "Separated by commas")->required()->delimiter(',');
  command->add_flag("--program", arguments->program, "Flows that wait for each other (lf-sim workload program)");
  add_engine(*command, arguments->engine);
  command->callback([arguments, &chosen] { chosen = [arguments] { run(*arguments); }; });
}

}  // namespace liteflow::sim
