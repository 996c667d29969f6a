// SPDX-License-Identifier: GPL-2.0
// lf-sim train: the learned engines, on what lf-sim truth has simulated.
#include <fmt/core.h>

#include <memory>
#include <optional>
#include <sstream>
#include <toml++/toml.h>

#include "codegen/error.h"
#include "daemon/training/progress.h"
#include "daemon/training/script.h"
#include "tools/lf-sim/command/commands.h"
#include "tools/lf-sim/flowsim/online.h"
#include "tools/lf-sim/flowsim/table.h"
#include "tools/lf-sim/m3/train.h"
#include "tools/lf-sim/m4/job.h"
#include "tools/lf-sim/m4/train.h"

namespace liteflow::sim {

namespace {

struct Arguments {
  std::vector<std::string> directories;
  std::string config, output;
  bool resume = false, published = false;
};

// Keys and numbers of a TOML file; none without one.
std::map<std::string, std::string> values_of(const std::string &file) {
  std::map<std::string, std::string> values;
  if (file.empty()) return values;
  try {
    for (const auto &[key, value] : toml::parse_file(file)) {
      const auto number = value.value<double>();
      if (!number)
        throw Error(fmt::format("{}:{}: {} is no number", file, value.source().begin.line, std::string(key.str())));
      values[std::string(key.str())] = fmt::format("{}", *number);
    }
  } catch (const toml::parse_error &error) {
    throw Error(fmt::format("{}:{}: {}", file, error.source().begin.line, error.description()));
  }
  return values;
}

// Settings of a file, or those that were published.
template <typename Settings>
Settings settings_of(const Arguments &arguments, Settings (*read)(const std::map<std::string, std::string> &),
                     Settings (*published)()) {
  if (arguments.published && !arguments.config.empty()) throw Error("--published and --config: give one of them");
  return arguments.published ? published() : read(values_of(arguments.config));
}

template <typename Record, typename Read>
std::vector<Record> records_of(const Arguments &arguments, const Read &read) {
  Progress progress("reading", "simulations", arguments.directories.size());
  std::vector<Record> records;
  for (const std::string &directory : arguments.directories) {
    records.push_back(read(directory));
    progress.show(records.size());
  }
  progress.finish(records.size());
  return records;
}

void train_m3(const Arguments &arguments) {
  use_one_thread();
  const m3::TrainSettings settings = settings_of(arguments, m3::train_settings, m3::published_settings);
  const auto records = records_of<m3::Record>(arguments, [](const std::string &directory) {
    return m3::read_record(directory, read_settings(directory + "/settings.json"));
  });
  const m3::Training training = m3::train(records, settings, {arguments.output, arguments.resume}, [](const auto &t) {
    const m3::Epoch &e = t.epochs.back();
    fmt::print("epoch {}: loss {:.4f}, validation {:.4f} (flowSim {:.4f}), {:.1f} s\n", t.epochs.size(), e.training,
               e.validation, t.flowsim, e.seconds);
    std::fflush(stdout);
  });
  fmt::print("{}: validation loss {:.4f} after epoch {}, flowSim's {:.4f}\n", arguments.output, training.best_loss(),
             training.best, training.flowsim);
}

void train_m4(const Arguments &arguments) {
  use_one_thread();
  const m4::TrainSettings settings = settings_of(arguments, m4::train_settings, m4::published_settings);
  const auto records = records_of<m4::Record>(arguments, m4::read_job);
  std::optional<Progress> progress;
  m4::TrainEvents events;
  events.learning = [&](std::uint64_t done, std::uint64_t of_epoch) {
    if (!progress) progress.emplace("m4", "flow events of an epoch", of_epoch);
    progress->show(done);
  };
  events.epoch = [&](const m4::Training &t) {
    progress.reset();
    const m4::Epoch &e = t.epochs.back();
    fmt::print(
        "epoch {}: slowdown {:.4f}, validation mean {:.4f}, p90 {:.4f}, p99 {:.4f} (mean {:.4f} untrained), {:.1f} s\n",
        t.epochs.size(), e.training.slowdown, e.validation.mean, e.validation.p90, e.validation.p99, t.first.mean,
        e.seconds);
    std::fflush(stdout);
  };
  const m4::Training training = m4::train(records, settings, {arguments.output, arguments.resume}, events);
  fmt::print("{}: validation mean error {:.4f} after epoch {}, {:.4f} untrained\n", arguments.output,
             training.best_mean(), training.best, training.first.mean);
}

// What flowSim and ns-3 say of a simulation's flows.
std::vector<SlowdownTable::Example> examples_of(const std::string &directory) {
  const Topology topology = read_topology(directory + "/topology.txt");
  const std::vector<Flow> flows = read_flows(directory + "/flows.txt", topology);
  const std::vector<Route> routes = routes_of(topology, flows);
  const Wire wire = read_settings(directory + "/settings.json").wire;
  const std::vector<Completion> truth = read_completions(directory + "/fct.txt", flows);
  const std::vector<Completion> fluid = run_flowsim(topology, flows, routes, wire, false);
  std::vector<SlowdownTable::Example> examples;
  for (std::size_t i = 0; i < flows.size(); i++)
    examples.push_back({flows[i].bytes, routes[i].size(), fluid[i].slowdown(), truth[i].slowdown()});
  return examples;
}

void train_table(const Arguments &arguments) {
  std::vector<SlowdownTable::Example> examples;
  for (const auto &of : records_of<std::vector<SlowdownTable::Example>>(arguments, examples_of))
    examples.insert(examples.end(), of.begin(), of.end());
  SlowdownTable::fit(examples).write(arguments.output);
  fmt::print("{}: from {} flows\n", arguments.output, examples.size());
}

CLI::App *add(CLI::App &app, const char *name, const char *help, const std::shared_ptr<Arguments> &arguments,
              void (*run)(const Arguments &), Chosen &chosen) {
  CLI::App *command = app.add_subcommand(name, help);
  command->add_option("DIRECTORY", arguments->directories, "Each a simulation that lf-sim truth has done")->required();
  command->add_option("-o,--output", arguments->output, "File to write; learning curves and state stand beside it")
      ->required();
  command->callback([arguments, run, &chosen] { chosen = [arguments, run] { run(*arguments); }; });
  return command;
}

void add_network(CLI::App &app, const char *name, const char *help, const std::string &keys,
                 void (*run)(const Arguments &), Chosen &chosen) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App *command = add(app, name, help, arguments, run, chosen);
  command->add_option("-c,--config", arguments->config, "TOML file of the keys below");
  command->add_flag("--published", arguments->published, "As published, instead");
  command->add_flag("--resume", arguments->resume, "Go on where it was interrupted");
  command->footer("keys of the configuration, all numbers:\n" + keys);
}

}  // namespace

void add_train(CLI::App &app, Chosen &chosen) {
  CLI::App *command = app.add_subcommand("train", "Train a learned engine");
  command->require_subcommand(1);
  add(*command, "table", "On networks: a factor for flowSim's slowdowns, by size and hops",
      std::make_shared<Arguments>(), train_table, chosen);
  add_network(*command, "m3", "On paths: simulations of a parking lot (lf-sim workload path)", m3::train_keys(),
              train_m3, chosen);
  add_network(*command, "m4", "On networks; with what is left and queues too, if they were traced", m4::train_keys(),
              train_m4, chosen);
}

}  // namespace liteflow::sim
