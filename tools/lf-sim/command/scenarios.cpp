// SPDX-License-Identifier: GPL-2.0
// lf-sim scenarios: drawn from a space of them, as m3 and m4 publish it, and ready to be simulated.
#include "tools/lf-sim/workload/scenarios.h"

#include <fmt/core.h>

#include <filesystem>
#include <memory>

#include "codegen/error.h"
#include "daemon/training/progress.h"
#include "tools/lf-sim/command/commands.h"
#include "tools/lf-sim/truth/dataset.h"

namespace liteflow::sim {

namespace {

struct Arguments {
  std::string space, output, jobs;
  std::vector<std::string> folders;
  std::size_t count = 10;
  std::uint64_t seed = 1;
  ScenarioSize size;
};

// What a mix says of the transport. ns-3 knows no PFC.
TcpSettings settings_of(const Mix &mix) {
  TcpSettings settings;
  settings.transport = congestion_of(mix.transport);
  settings.buffer_kb = 10 * mix.buffer;
  settings.window_kb = static_cast<double>(mix.window) / 1000;
  if (settings.transport == Congestion::dctcp && !mix.parameters.empty()) settings.ecn_k_kb = mix.parameters[0];
  if (settings.transport == Congestion::bbr) settings.ecn_k_kb = 0;
  check(settings);
  return settings;
}

void run(const Arguments &arguments) {
  const std::vector<Mix> mixes = draw_mixes(read_space(arguments.space), arguments.count, arguments.seed);
  write_mixes(arguments.output, mixes);
  if (arguments.jobs.empty()) return;
  std::vector<std::string> folders = arguments.folders;
  folders.insert(folders.begin(), std::filesystem::path(arguments.space).parent_path().string());
  Progress progress("scenarios", "scenarios", mixes.size());
  for (const Mix &mix : mixes) {
    ScenarioSize size = arguments.size;
    size.seed = arguments.seed + mix.id;
    const Scenario scenario = make_scenario(mix, size, folders);
    write_job(fmt::format("{}/{}", arguments.jobs, mix.id), scenario.topology, scenario.flows, settings_of(mix));
    progress.show(mix.id + 1);
  }
  progress.finish(mixes.size());
}

}  // namespace

void add_scenarios(CLI::App &app, Chosen &chosen) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App *command = app.add_subcommand("scenarios", "Draw scenarios from a space of them (*.mixspace.json)");
  command->add_option("SPACE", arguments->space, "The space")->required();
  command->add_option("-n,--count", arguments->count, "How many")->capture_default_str();
  command->add_option("--seed", arguments->seed, "Of all that is drawn")->capture_default_str();
  command->add_option("-o,--output", arguments->output, "*.mix.json to write")->required();
  command->add_option("--jobs", arguments->jobs, "Directory to write each to, for lf-sim truth; PFC is left out");
  command->add_option("-d,--data", arguments->folders, "Where the space's files are, besides its own directory");
  command->add_option("--flows", arguments->size.flows, "Of each")->capture_default_str();
  command->add_option("--cap", arguments->size.cap, "Bytes that no flow exceeds; 0: none")->capture_default_str();
  command->callback([arguments, &chosen] { chosen = [arguments] { run(*arguments); }; });
}

}  // namespace liteflow::sim
