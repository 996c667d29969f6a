// SPDX-License-Identifier: GPL-2.0
#include "daemon/commands.h"

#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <string>

#include "daemon/aurora/adapter.h"
#include "daemon/aurora/pretrain.h"
#include "daemon/config/config.h"
#include "daemon/daemon.h"
#include "daemon/lb/adapter.h"
#include "daemon/lb/estimator.h"
#include "daemon/lb/pretrain.h"
#include "daemon/mocc/adapter.h"
#include "daemon/mocc/pretrain.h"
#include "daemon/sched/adapter.h"
#include "daemon/sched/estimator.h"
#include "daemon/sched/pretrain.h"
#include "daemon/service/leave.h"
#include "daemon/service/log.h"
#include "daemon/service/signals.h"
#include "daemon/update/adapters.h"
#include "daemon/update/estimators.h"

namespace liteflow {
namespace {

[[noreturn]] int run(const std::string &config) {
  setup_log("info");
  catch_signals();
  register_adapter("aurora", make_aurora_adapter);
  register_adapter("mocc", make_mocc_adapter);
  register_adapter("sched", make_sched_adapter);
  register_adapter("lb", make_lb_adapter);
  register_estimator("sched", make_sched_estimator);
  register_estimator("lb", make_lb_estimator);
  Daemon daemon(config);
  daemon.run();
  leave(0);
}

int check_config(const std::string &path) {
  const Config config = read_config(path);
  fmt::print("{}: {} hosts, {} apps, no error\n", path, config.hosts.size(), config.apps.size());
  return 0;
}

int print_reference() {
  fmt::print("{}\n### `adapter = \"aurora\"`\n\n```\n{}```\n", config_reference(),
             aurora_adapter_keys());
  fmt::print("\n### `adapter = \"mocc\"`\n\nFor app `mocc`. The reward's weights come with each record.\n\n```\n{}```\n",
             mocc_adapter_keys());
  fmt::print("\n### `adapter = \"sched\"` and `adapter = \"lb\"`\n\nFor the apps `sched` and `lb`. A label is log2 of a "
             "flow's bytes, or of its slowdown.\n\n```\n{}```\n",
             sched_adapter_keys());
  return 0;
}

// What all of them have; seeds: what their number means.
template <typename Options>
std::shared_ptr<Options> add_common(CLI::App &command, const Options &defaults, const char *seeds) {
  auto options = std::make_shared<Options>(defaults);
  command.add_option("-o,--output", options->output,
                     "TorchScript file to write; calibration rows are written beside it")
      ->capture_default_str();
  command.add_option("--results", options->results_dir, "directory for figures and curves")->capture_default_str();
  command.add_option("--seed", options->first_seed, "seed of the first run")->capture_default_str();
  command.add_option("--seeds", options->seeds, seeds)->capture_default_str();
  command.add_flag("--quick", options->quick, "seconds instead of minutes: proves the path only");
  return options;
}

std::shared_ptr<PretrainOptions> add_pretrain(CLI::App &command, const PretrainOptions &defaults) {
  auto options = add_common(command, defaults, "runs, of which the best is kept");
  command.add_option("--steps", options->steps, "decisions in each run")->capture_default_str();
  command.add_option("--jobs", options->jobs, "runs at the same time")->capture_default_str();
  return options;
}

std::shared_ptr<LabelPretrainOptions> add_pretrain(CLI::App &command, const LabelPretrainOptions &defaults) {
  auto options = add_common(command, defaults, "runs of each shape of network, of which the best is kept");
  command.add_option("--document", options->document, "page of the documentation to write, with its picture");
  return options;
}

void add_pretrains(CLI::App &app, std::function<int()> &chosen) {
  auto *pretrain = app.add_subcommand("pretrain", "Train a model to start from.");
  pretrain->require_subcommand(1);
  auto *aurora = pretrain->add_subcommand("aurora", "Aurora's congestion control, in a link simulator.");
  const auto options = add_pretrain(*aurora, PretrainOptions{});
  aurora->add_option("--reward", options->reward, "what is rewarded")
      ->check(CLI::IsMember({"scale-free", "published"}))
      ->capture_default_str();
  aurora->callback([options, &chosen] { chosen = [options] { return pretrain_aurora(*options); }; });
  auto *mocc = pretrain->add_subcommand("mocc", "MOCC's: one network for every objective.");
  const auto theirs = add_pretrain(*mocc, mocc_defaults());
  mocc->callback([theirs, &chosen] { chosen = [theirs] { return pretrain_mocc(*theirs); }; });
  auto *sched = pretrain->add_subcommand("sched", "Flow sizes for scheduling, on simulated hosts.");
  const auto sizes = add_pretrain(*sched, sched_defaults());
  sched->callback([sizes, &chosen] { chosen = [sizes] { return pretrain_sched(*sizes); }; });
  auto *lb = pretrain->add_subcommand("lb", "Slowdowns over paths for load balancing, on simulated fabrics.");
  const auto paths = add_pretrain(*lb, lb_defaults());
  lb->callback([paths, &chosen] { chosen = [paths] { return pretrain_lb(*paths); }; });
}

}  // namespace

void add_commands(CLI::App &app, std::function<int()> &chosen) {
  app.require_subcommand(1);
  auto config = std::make_shared<std::string>();
  auto *run_command = app.add_subcommand("run", "Tune the apps of a configuration and update their snapshots.");
  run_command->add_option("-c,--config", *config, "configuration file (TOML)")->required();
  run_command->callback([config, &chosen] { chosen = [config] { return run(*config); }; });

  auto *check = app.add_subcommand("check-config", "Read a configuration and tell what is wrong with it.");
  check->add_option("file", *config, "configuration file (TOML)")->required();
  check->callback([config, &chosen] { chosen = [config] { return check_config(*config); }; });

  auto *reference = app.add_subcommand("config-reference", "Print every key of the configuration, in Markdown.");
  reference->callback([&chosen] { chosen = print_reference; });
  add_pretrains(app, chosen);
}

}  // namespace liteflow
