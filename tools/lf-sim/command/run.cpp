// SPDX-License-Identifier: GPL-2.0
// lf-sim run: flows, or a program, by one of the engines.
#include <fmt/core.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "tools/lf-sim/command/commands.h"
#include "tools/lf-sim/command/engine.h"

namespace liteflow::sim {

namespace {

struct Arguments {
  Engine engine;
  std::string topology, input, output;
  bool program = false;
};

void run(const Arguments &arguments) {
  const Topology topology = read_topology(arguments.topology);
  if (arguments.program) {
    const Program program = read_program(arguments.input, topology);
    const nlohmann::json result =
        run_steps(arguments.engine, topology, program, arguments.output, parameters_of(arguments.engine));
    fmt::print("{} steps, done after {:.3f} ms; {:.2f} s; {}\n", program.size(),
               result["figures"]["end_ns"].get<double>() / 1e6, result["meta"]["wall_s"].get<double>(),
               arguments.output);
    return;
  }
  const std::vector<Flow> flows = read_flows(arguments.input, topology);
  const nlohmann::json result =
      run_flows(arguments.engine, topology, flows, arguments.output, parameters_of(arguments.engine));
  const nlohmann::json &all = result["figures"]["all"];
  fmt::print("{} flows, slowdown p50 {:.3f}, p90 {:.3f}, p99 {:.3f}; {:.2f} s; {}\n", flows.size(),
             all["p50"].get<double>(), all["p90"].get<double>(), all["p99"].get<double>(),
             result["meta"]["wall_s"].get<double>(), arguments.output);
}

}  // namespace

void add_run(CLI::App &app, Chosen &chosen) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App *command = app.add_subcommand("run", "Estimate completion times: fct.txt, percentiles.csv, summary.json");
  command->add_option("TOPOLOGY", arguments->topology, "Topology file")->required();
  command->add_option("FLOWS", arguments->input, "File of flows, or of a program")->required();
  command->add_option("-o,--output", arguments->output, "Directory to write to")->required();
  command->add_flag("--program", arguments->program, "Flows that wait for each other (lf-sim workload program)");
  add_engine(*command, arguments->engine);
  command->callback([arguments, &chosen] { chosen = [arguments] { run(*arguments); }; });
}

}  // namespace liteflow::sim
