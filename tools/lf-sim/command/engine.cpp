// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/command/engine.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iterator>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <tuple>

#include "codegen/error.h"
#include "daemon/training/file.h"
#include "daemon/training/progress.h"
#include "daemon/training/script.h"
#include "tools/lf-sim/flowsim/online.h"
#include "tools/lf-sim/flowsim/table.h"
#include "tools/lf-sim/m3/estimate.h"
#include "tools/lf-sim/m4/m4.h"
#include "tools/lf-sim/m4/parameters.h"
#include "tools/lf-sim/net/summary.h"
#include "tools/lf-sim/parsimon/parsimon.h"
#include "tools/lf-sim/truth/online.h"
#include "tools/lf-sim/truth/truth.h"

namespace liteflow::sim {

namespace {

// Wall time since it was made.
class Clock {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// The file of a learned engine.
const std::string &model_of(const Engine &engine) {
  if (engine.model.empty())
    throw Error(
        fmt::format("--model: {} needs what 'lf-sim train {}' has written", engine.name, engine.name));
  return engine.model;
}

std::vector<Completion> by_parsimon(const Engine &engine, const Topology &topology,
                                    const std::vector<Flow> &flows, nlohmann::json &meta) {
  ParsimonSettings settings;
  const TcpSettings given = settings_of(engine);
  switch (given.transport) {
    case Congestion::dctcp: settings.transport.control = parsimon::Control::dctcp; break;
    case Congestion::newreno: settings.transport.control = parsimon::Control::newreno; break;
    case Congestion::cubic: settings.transport.control = parsimon::Control::cubic; break;
    case Congestion::bbr: throw Error("--transport bbr: parsimon has dctcp, newreno and cubic");
  }
  settings.transport.initial_window = given.first_window;
  settings.transport.most_window =
      std::max(1000 * given.window_kb / given.wire.payload, settings.transport.initial_window);
  settings.transport.min_rto_ns = 1e6 * given.min_rto_ms;
  settings.ack_bytes = given.wire.header;
  settings.queues.buffer_bytes = 1000 * given.buffer_kb;
  settings.queues.mark_rate = 0;  // the same on all links
  // Thresholds are of IP packets, and ns-3's device holds two packets beside its queue.
  settings.queues.mark_bytes = given.ecn_k_kb > 0 ? 1000 * given.ecn_k_kb * (given.wire.payload + given.wire.header) /
                                                            (given.wire.payload + 40) +
                                                        2 * (given.wire.payload + given.wire.header)
                                                  : std::numeric_limits<double>::infinity();
  settings.own_delays = engine.own_delays;
  settings.clustered = !engine.one_by_one;
  settings.seed = engine.seed;
  settings.threads = engine.threads;
  std::optional<Progress> progress;
  settings.progress = [&](std::uint64_t done, std::uint64_t total) {
    if (!progress) progress.emplace("parsimon", "packets", total);
    progress->show(done);
  };
  ParsimonRun run = run_parsimon(topology, flows, routes_of(topology, flows), given.wire, settings);
  meta.update({{"links", run.links.size()}, {"simulations", run.clusters}, {"packets", run.packets},
               {"events", run.events}, {"simulate_s", run.seconds.simulate}});
  return std::move(run.completions);
}

std::vector<Completion> by_ns3(const Engine &engine, const Topology &topology, const std::vector<Flow> &flows,
                               nlohmann::json &meta) {
  Progress progress("ns-3", "flows", flows.size());
  TruthRun run = run_truth(topology, flows, routes_of(topology, flows), settings_of(engine), "",
                           [&](std::size_t done) { progress.show(done); });
  progress.finish(flows.size());
  meta.update({{"events", run.events}, {"marked", run.marked}, {"dropped", run.dropped}, {"late", run.late}});
  return std::move(run.completions);
}

std::vector<Completion> by_m4(const Engine &engine, const Topology &topology, const std::vector<Flow> &flows,
                              nlohmann::json &meta) {
  const TcpSettings settings = settings_of(engine);
  const m4::Weights weights = m4::read_weights(model_of(engine));
  Progress progress("m4", "flows", flows.size());
  m4::Counters counters;
  std::vector<Completion> completions = run_m4(
      topology, flows, routes_of(topology, flows), settings.wire, weights, m4::parameters_of(settings),
      {.draw = engine.draw, .seed = engine.seed}, &counters, [&](std::size_t done) { progress.show(done); });
  progress.finish(flows.size());
  meta.update({{"events", counters.events}, {"touched_flows", counters.touched_flows},
               {"most_active", counters.most_active}, {"network_s", counters.network_seconds}});
  return completions;
}

// m3 says nothing of single flows.
nlohmann::json run_m3(const Engine &engine, const Topology &topology, const std::vector<Flow> &flows,
                      const std::string &directory, const nlohmann::json &parameters) {
  use_one_thread();
  const Clock clock;
  const m3::Model model = m3::Model::load(m3::read_checkpoint(model_of(engine)), engine.model);
  std::optional<Progress> progress;
  m3::EstimateOptions options;
  options.draws = engine.paths;
  options.seed = engine.seed;
  options.threads = engine.threads;
  options.exact = engine.exact;
  options.settings = settings_of(engine);
  options.progress = [&](std::size_t done, std::size_t total) {
    if (!progress) progress.emplace("m3", "paths", total);
    progress->show(done);
  };
  const m3::Estimate estimate = m3::estimate(topology, flows, routes_of(topology, flows), model, options);
  const auto &seconds = estimate.seconds;
  return write_run(directory, estimate.percentiles, parameters,
                   {{"paths", estimate.paths.size()}, {"wall_s", clock.seconds()}, {"flowsim_s", seconds.flowsim},
                    {"features_s", seconds.features}, {"transformer_s", seconds.network.transformer},
                    {"mlp_s", seconds.network.mlp}});
}

std::unique_ptr<Network> network_of(const Engine &engine, const Topology &topology) {
  if (engine.name == "flowsim") return std::make_unique<FlowSim>(topology, settings_of(engine).wire);
  if (engine.name == "ns3") return std::make_unique<Ns3Network>(topology, settings_of(engine));
  if (engine.name == "m4") {
    const TcpSettings settings = settings_of(engine);
    return std::make_unique<m4::M4>(topology, settings.wire, m4::read_weights(model_of(engine)),
                                    m4::parameters_of(settings),
                                    m4::Options{.draw = engine.draw, .seed = engine.seed});
  }
  throw Error(
      fmt::format("--program: flowsim, m4 and ns3 can be told flows as they come, {} needs all of them beforehand",
                  engine.name));
}

}  // namespace

TcpSettings settings_of(const Engine &engine) {
  TcpSettings settings = engine.settings;
  if (!engine.settings_file.empty())
    settings = read_settings(engine.settings_file);
  else
    settings.transport = congestion_of(engine.transport);
  settings.seed = engine.seed;
  check(settings);
  return settings;
}

void add_engine(CLI::App &command, Engine &engine) {
  command
      .add_option(
          "-e,--engine", engine.name,
          "flowsim: fluid; table: that times a factor by size and hops, learned; parsimon: link by link; m3: path "
          "by path, learned; m4: flow by flow, learned; ns3: packet by packet")
      ->check(CLI::IsMember({"flowsim", "table", "parsimon", "m3", "m4", "ns3"}))
      ->capture_default_str();
  command.add_option("-m,--model", engine.model, "What lf-sim train has written, for table, m3 and m4");
  command.add_flag("--exact", engine.exact, "flowsim, m3's too, in the published order of operations");
  command.add_option("--paths", engine.paths, "m3: drawn")->check(CLI::Range(1, 1000000))->capture_default_str();
  command.add_flag("--draw", engine.draw, "m4: slowdowns drawn from what it predicts, for their distribution");
  command.add_flag("--no-clusters", engine.one_by_one, "parsimon: every link, even if it is like another");
  command.add_flag("--own-delays", engine.own_delays, "parsimon: a flow's own delay on a link, where it is known");
  CLI::Option *file = command.add_option("--settings", engine.settings_file, "settings.json, as lf-sim truth has it");
  command.add_option("--transport", engine.transport, "dctcp, cubic, newreno or bbr")
      ->capture_default_str()
      ->excludes(file);
  for (const auto &[name, field, help] :
       {std::tuple("--buffer", &engine.settings.buffer_kb, "kB of each queue"),
        std::tuple("--ecn", &engine.settings.ecn_k_kb, "kB of queue that mark; 0: none"),
        std::tuple("--window", &engine.settings.window_kb, "kB that a sender may have under way")})
    command.add_option(name, *field, help)->capture_default_str()->excludes(file);
  command.add_option("--seed", engine.seed, "Of all that is drawn")->capture_default_str();
  command.add_option("--threads", engine.threads, "Of parsimon and m3; no result depends on it")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
}

nlohmann::json parameters_of(const Engine &engine) {
  nlohmann::json parameters{{"engine", engine.name}};
  if (engine.name == "flowsim") {
    parameters["exact"] = engine.exact;
    return parameters;
  }
  if (engine.name == "table" || engine.name == "m3" || engine.name == "m4") parameters["model"] = engine.model;
  if (engine.name == "table") return parameters;
  const TcpSettings settings = settings_of(engine);
  parameters.update({{"transport", name_of(settings.transport)}, {"buffer_kb", settings.buffer_kb},
                     {"ecn_k_kb", settings.ecn_k_kb}, {"window_kb", settings.window_kb}, {"seed", engine.seed}});
  if (engine.name == "parsimon") {
    parameters["clustered"] = !engine.one_by_one;
    parameters["own_delays"] = engine.own_delays;
  }
  if (engine.name == "m3") parameters.update({{"paths", engine.paths}, {"exact", engine.exact}});
  if (engine.name == "m4") parameters["draw"] = engine.draw;
  return parameters;
}

nlohmann::json run_flows(const Engine &engine, const Topology &topology, const std::vector<Flow> &flows,
                         const std::string &directory, const nlohmann::json &parameters) {
  if (flows.empty()) throw Error("there are no flows to run");
  if (engine.name == "m3") return run_m3(engine, topology, flows, directory, parameters);
  const Clock clock;
  nlohmann::json meta;
  std::vector<Completion> completions;
  if (engine.name == "flowsim")
    completions = run_flowsim(topology, flows, routes_of(topology, flows), settings_of(engine).wire, engine.exact);
  else if (engine.name == "table")
    completions = run_table(topology, flows, routes_of(topology, flows), settings_of(engine).wire,
                            SlowdownTable::read(model_of(engine)));
  else if (engine.name == "parsimon")
    completions = by_parsimon(engine, topology, flows, meta);
  else if (engine.name == "m4")
    completions = by_m4(engine, topology, flows, meta);
  else
    completions = by_ns3(engine, topology, flows, meta);
  meta["wall_s"] = clock.seconds();
  return write_run(directory, flows, completions, parameters, meta);
}

nlohmann::json run_steps(const Engine &engine, const Topology &topology, const Program &program,
                         const std::string &directory, const nlohmann::json &parameters) {
  const Clock clock;
  const std::unique_ptr<Network> network = network_of(engine, topology);
  const ProgramRun run = run_program(*network, program);
  std::string steps = "step,start_ns,done_ns\n";
  for (std::size_t i = 0; i < program.size(); i++)
    fmt::format_to(std::back_inserter(steps), "{},{:.0f},{:.0f}\n", i, run.start_ns[i], run.done_ns[i]);
  std::filesystem::create_directories(directory);
  write_file(directory + "/steps.csv", steps);
  nlohmann::json result{{"parameters", parameters},
                        {"figures", {{"steps", program.size()}, {"end_ns", run.end_ns}}},
                        {"meta", {{"wall_s", clock.seconds()}}}};
  write_file(directory + "/summary.json", result.dump(2) + "\n");
  return result;
}

}  // namespace liteflow::sim
