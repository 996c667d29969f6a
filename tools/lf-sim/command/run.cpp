// SPDX-License-Identifier: GPL-2.0
// lf-sim run: flows, or a program, by one of the engines.
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iterator>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "codegen/error.h"
#include "daemon/training/file.h"
#include "daemon/training/progress.h"
#include "daemon/training/script.h"
#include "tools/lf-sim/command/commands.h"
#include "tools/lf-sim/flowsim/online.h"
#include "tools/lf-sim/m3/estimate.h"
#include "tools/lf-sim/m4/m4.h"
#include "tools/lf-sim/m4/parameters.h"
#include "tools/lf-sim/net/summary.h"
#include "tools/lf-sim/parsimon/parsimon.h"
#include "tools/lf-sim/truth/online.h"
#include "tools/lf-sim/truth/truth.h"
#include "tools/lf-sim/workload/program.h"

namespace liteflow::sim {

namespace {

struct Arguments {
  std::string engine = "flowsim", topology, input, output, transport = "dctcp", model;
  bool exact = false, one_by_one = false, own_delays = false, program = false, draw = false;
  std::uint64_t seed = 1;
  std::size_t threads = 1, paths = 500;
  TcpSettings settings;
};

// Wall time since it was made.
class Clock {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

TcpSettings settings_of(const Arguments &arguments) {
  TcpSettings settings = arguments.settings;
  settings.transport = congestion_of(arguments.transport);
  settings.seed = arguments.seed;
  check(settings);
  return settings;
}

nlohmann::json parameters_of(const Arguments &arguments) {
  nlohmann::json parameters{{"engine", arguments.engine}};
  if (arguments.engine == "flowsim") {
    parameters["exact"] = arguments.exact;
    return parameters;
  }
  parameters.update({{"transport", arguments.transport}, {"buffer_kb", arguments.settings.buffer_kb},
                     {"ecn_k_kb", arguments.settings.ecn_k_kb}, {"window_kb", arguments.settings.window_kb},
                     {"seed", arguments.seed}});
  if (arguments.engine == "parsimon") {
    parameters["clustered"] = !arguments.one_by_one;
    parameters["own_delays"] = arguments.own_delays;
  }
  if (arguments.engine == "m3" || arguments.engine == "m4") parameters["model"] = arguments.model;
  if (arguments.engine == "m3") parameters["paths"] = arguments.paths;
  if (arguments.engine == "m4") parameters["draw"] = arguments.draw;
  return parameters;
}

// The file of a learned engine.
const std::string &model_of(const Arguments &arguments) {
  if (arguments.model.empty())
    throw Error(
        fmt::format("--model: {} needs what 'lf-sim train {}' has written", arguments.engine, arguments.engine));
  return arguments.model;
}

std::vector<Completion> by_parsimon(const Arguments &arguments, const Topology &topology,
                                    const std::vector<Flow> &flows, nlohmann::json &meta) {
  ParsimonSettings settings;
  const TcpSettings given = settings_of(arguments);
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
  settings.own_delays = arguments.own_delays;
  settings.clustered = !arguments.one_by_one;
  settings.seed = arguments.seed;
  settings.threads = arguments.threads;
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

std::vector<Completion> by_ns3(const Arguments &arguments, const Topology &topology, const std::vector<Flow> &flows,
                               nlohmann::json &meta) {
  Progress progress("ns-3", "flows", flows.size());
  TruthRun run = run_truth(topology, flows, routes_of(topology, flows), settings_of(arguments), "",
                           [&](std::size_t done) { progress.show(done); });
  progress.finish(flows.size());
  meta.update({{"events", run.events}, {"marked", run.marked}, {"dropped", run.dropped}, {"late", run.late}});
  return std::move(run.completions);
}

std::vector<Completion> by_m4(const Arguments &arguments, const Topology &topology, const std::vector<Flow> &flows,
                              nlohmann::json &meta) {
  const TcpSettings settings = settings_of(arguments);
  const m4::Weights weights = m4::read_weights(model_of(arguments));
  Progress progress("m4", "flows", flows.size());
  m4::Counters counters;
  std::vector<Completion> completions = run_m4(
      topology, flows, routes_of(topology, flows), settings.wire, weights, m4::parameters_of(settings),
      {.draw = arguments.draw, .seed = arguments.seed}, &counters, [&](std::size_t done) { progress.show(done); });
  progress.finish(flows.size());
  meta.update({{"events", counters.events}, {"touched_flows", counters.touched_flows},
               {"most_active", counters.most_active}, {"network_s", counters.network_seconds}});
  return completions;
}

// m3 says nothing of single flows.
void run_m3(const Arguments &arguments, const Topology &topology, const std::vector<Flow> &flows) {
  use_one_thread();
  const Clock clock;
  const m3::Model model = m3::Model::load(m3::read_checkpoint(model_of(arguments)), arguments.model);
  Progress progress("m3", "paths", arguments.paths);
  m3::EstimateOptions options;
  options.draws = arguments.paths;
  options.seed = arguments.seed;
  options.threads = arguments.threads;
  options.exact = arguments.exact;
  options.settings = settings_of(arguments);
  options.progress = [&](std::size_t done, std::size_t) { progress.show(done); };
  const m3::Estimate estimate = m3::estimate(topology, flows, routes_of(topology, flows), model, options);
  progress.finish(estimate.paths.size());
  const auto &seconds = estimate.seconds;
  write_run(arguments.output, estimate.percentiles, parameters_of(arguments),
            {{"paths", estimate.paths.size()}, {"wall_s", clock.seconds()}, {"flowsim_s", seconds.flowsim},
             {"features_s", seconds.features}, {"transformer_s", seconds.network.transformer},
             {"mlp_s", seconds.network.mlp}});
  const std::vector<double> &all = estimate.percentiles.back();
  fmt::print("{} flows by {} paths, slowdown p50 {:.3f}, p90 {:.3f}, p99 {:.3f}; {:.2f} s; {}\n", flows.size(),
             estimate.paths.size(), all[49], all[89], all[98], clock.seconds(), arguments.output);
}

void run_flows(const Arguments &arguments) {
  const Topology topology = read_topology(arguments.topology);
  const std::vector<Flow> flows = read_flows(arguments.input, topology);
  if (flows.empty()) throw Error(fmt::format("{}: no flows", arguments.input));
  if (arguments.engine == "m3") return run_m3(arguments, topology, flows);
  const Clock clock;
  nlohmann::json meta;
  std::vector<Completion> completions;
  if (arguments.engine == "flowsim")
    completions = run_flowsim(topology, flows, routes_of(topology, flows), Wire{}, arguments.exact);
  else if (arguments.engine == "parsimon")
    completions = by_parsimon(arguments, topology, flows, meta);
  else if (arguments.engine == "m4")
    completions = by_m4(arguments, topology, flows, meta);
  else
    completions = by_ns3(arguments, topology, flows, meta);
  meta["wall_s"] = clock.seconds();
  write_run(arguments.output, flows, completions, parameters_of(arguments), meta);
  const nlohmann::json all = summary({}, flows, completions)["figures"]["all"];
  fmt::print("{} flows, slowdown mean {:.3f}, p50 {:.3f}, p90 {:.3f}, p99 {:.3f}; {:.2f} s; {}\n", flows.size(),
             all["mean"].get<double>(), all["p50"].get<double>(), all["p90"].get<double>(), all["p99"].get<double>(),
             clock.seconds(), arguments.output);
}

std::unique_ptr<Network> network_of(const Arguments &arguments, const Topology &topology) {
  if (arguments.engine == "flowsim") return std::make_unique<FlowSim>(topology, Wire{});
  if (arguments.engine == "ns3") return std::make_unique<Ns3Network>(topology, settings_of(arguments));
  if (arguments.engine == "m4") {
    const TcpSettings settings = settings_of(arguments);
    return std::make_unique<m4::M4>(topology, settings.wire, m4::read_weights(model_of(arguments)),
                                    m4::parameters_of(settings),
                                    m4::Options{.draw = arguments.draw, .seed = arguments.seed});
  }
  throw Error(
      fmt::format("--program: flowsim, m4 and ns3 can be told flows as they come, {} needs all of them beforehand",
                  arguments.engine));
}

void run_steps(const Arguments &arguments) {
  const Topology topology = read_topology(arguments.topology);
  const Program program = read_program(arguments.input, topology);
  const Clock clock;
  const std::unique_ptr<Network> network = network_of(arguments, topology);
  const ProgramRun run = run_program(*network, program);
  std::string steps = "step,start_ns,done_ns\n";
  for (std::size_t i = 0; i < program.size(); i++)
    fmt::format_to(std::back_inserter(steps), "{},{:.0f},{:.0f}\n", i, run.start_ns[i], run.done_ns[i]);
  std::filesystem::create_directories(arguments.output);
  write_file(arguments.output + "/steps.csv", steps);
  const nlohmann::json result{{"parameters", parameters_of(arguments)},
                              {"figures", {{"steps", program.size()}, {"end_ns", run.end_ns}}},
                              {"meta", {{"wall_s", clock.seconds()}}}};
  write_file(arguments.output + "/summary.json", result.dump(2) + "\n");
  fmt::print("{} steps, done after {:.3f} ms; {:.2f} s; {}\n", program.size(), run.end_ns / 1e6, clock.seconds(),
             arguments.output);
}

}  // namespace

void add_run(CLI::App &app, Chosen &chosen) {
  const auto arguments = std::make_shared<Arguments>();
  TcpSettings &settings = arguments->settings;
  CLI::App *command = app.add_subcommand("run", "Estimate completion times: fct.txt, percentiles.csv, summary.json");
  command->add_option("TOPOLOGY", arguments->topology, "Topology file")->required();
  command->add_option("FLOWS", arguments->input, "File of flows, or of a program")->required();
  command->add_option("-o,--output", arguments->output, "Directory to write to")->required();
  command
      ->add_option("-e,--engine", arguments->engine,
                   "flowsim: fluid; parsimon: link by link; m3: path by path, learned; m4: flow by flow, learned; "
                   "ns3: packet by packet")
      ->check(CLI::IsMember({"flowsim", "parsimon", "m3", "m4", "ns3"}))
      ->capture_default_str();
  command->add_flag("--program", arguments->program, "Flows that wait for each other (lf-sim workload program)");
  command->add_option("-m,--model", arguments->model, "What lf-sim train has written, for m3 and m4");
  command->add_flag("--exact", arguments->exact, "flowsim, m3's too, in the published order of operations");
  command->add_option("--paths", arguments->paths, "m3: drawn")->check(CLI::Range(1, 1000000))->capture_default_str();
  command->add_flag("--draw", arguments->draw, "m4: slowdowns drawn from what it predicts, for their distribution");
  command->add_flag("--no-clusters", arguments->one_by_one, "parsimon: every link, even if it is like another");
  command->add_flag("--own-delays", arguments->own_delays, "parsimon: a flow's own delay on a link, where it is known");
  command->add_option("--transport", arguments->transport, "dctcp, cubic, newreno or bbr")->capture_default_str();
  command->add_option("--buffer", settings.buffer_kb, "kB of each queue")->capture_default_str();
  command->add_option("--ecn", settings.ecn_k_kb, "kB of queue that mark; 0: none")->capture_default_str();
  command->add_option("--window", settings.window_kb, "kB that a sender may have under way")->capture_default_str();
  command->add_option("--seed", arguments->seed, "Of all that is drawn")->capture_default_str();
  command->add_option("--threads", arguments->threads, "Of parsimon and m3; no result depends on it")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  command->callback([arguments, &chosen] {
    chosen = [arguments] { arguments->program ? run_steps(*arguments) : run_flows(*arguments); };
  });
}

}  // namespace liteflow::sim
