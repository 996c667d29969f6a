// SPDX-License-Identifier: GPL-2.0
// lf-sim truth: directories with a topology, flows and settings, each simulated packet by packet.
#include <fmt/core.h>

#include <memory>

#include "codegen/error.h"
#include "tools/lf-sim/command/commands.h"
#include "tools/lf-sim/truth/dataset.h"

namespace liteflow::sim {

namespace {

struct Arguments {
  std::vector<std::string> directories;
  std::size_t processes = 1;
  bool trace = false;
};

void run(const Arguments &arguments) {
  const DatasetRun run = run_jobs(arguments.directories, arguments.processes, arguments.trace);
  fmt::print("{} simulated, {} were done, {} failed\n", run.ran, run.skipped, run.failed.size());
  if (run.failed.empty()) return;
  for (std::size_t i = 1; i < run.failed.size(); i++) fmt::print(stderr, "lf-sim: {}\n", run.failed[i]);
  throw Error(run.failed.front());
}

}  // namespace

void add_truth(CLI::App &app, Chosen &chosen) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App *command = app.add_subcommand(
      "truth",
      "Simulate by ns-3 what is in directories (topology.txt, flows.txt, settings.json), and write fct.txt there");
  command->add_option("DIRECTORY", arguments->directories, "One for each simulation; what is done is not done again")
      ->required();
  command->add_option("-j,--processes", arguments->processes, "At a time")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  command->add_flag("--trace", arguments->trace, "With what is left of each flow, and queues, at every event");
  command->callback([arguments, &chosen] { chosen = [arguments] { run(*arguments); }; });
}

}  // namespace liteflow::sim
