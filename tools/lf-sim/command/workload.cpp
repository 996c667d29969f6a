// SPDX-License-Identifier: GPL-2.0
// lf-sim workload: flows and programs as files.
#include "tools/lf-sim/workload/workload.h"

#include <fmt/core.h>

#include <memory>

#include "tools/lf-sim/command/commands.h"
#include "tools/lf-sim/net/fabrics.h"
#include "tools/lf-sim/workload/program.h"

namespace liteflow::sim {

namespace {

struct Arguments {
  std::string topology, output, sizes = "webserver", matrix = "uniform", trace, pattern = "ring";
  std::uint64_t cap = 0, bytes = 1'000'000;
  std::size_t foreground = 1000, repeats = 1;
  double compute_us = 0;
  Traffic traffic;
  Requests requests;
};

Distribution sizes_of(const Arguments &arguments) {
  Distribution sizes = Distribution::named(arguments.sizes);
  if (arguments.cap > 0) sizes.cap(arguments.cap);
  return sizes;
}

void random(const Arguments &arguments) {
  const Topology topology = read_topology(arguments.topology);
  const std::vector<std::vector<NodeId>> racks = racks_of(topology);
  write_flows(arguments.output, make_workload(topology, racks, TrafficMatrix::named(arguments.matrix, racks.size()),
                                              sizes_of(arguments), arguments.traffic));
}

void path(const Arguments &arguments) {
  write_flows(arguments.output, make_path_workload(read_topology(arguments.topology), arguments.foreground,
                                                   sizes_of(arguments), arguments.traffic));
}

void trace(const Arguments &arguments) {
  write_flows(arguments.output, read_trace(arguments.trace, read_topology(arguments.topology)));
}

void program(const Arguments &arguments) {
  const std::vector<NodeId> hosts = read_topology(arguments.topology).hosts();
  const double compute_ns = 1000 * arguments.compute_us;
  if (arguments.pattern == "ring") {
    write_program(arguments.output, ring_all_reduce(hosts, arguments.bytes, arguments.repeats, compute_ns));
  } else if (arguments.pattern == "tree") {
    write_program(arguments.output, tree_all_reduce(hosts, arguments.bytes, arguments.repeats, compute_ns));
  } else {
    Requests spec = arguments.requests;
    const auto middle = hosts.begin() + static_cast<std::ptrdiff_t>(hosts.size() / 2);
    spec.clients.assign(hosts.begin(), middle);
    spec.servers.assign(middle, hosts.end());
    write_program(arguments.output, request_chains(spec));
  }
}

CLI::App *add(CLI::App &app, const char *name, const char *help, const std::shared_ptr<Arguments> &arguments,
              void (*run)(const Arguments &), Chosen &chosen) {
  CLI::App *command = app.add_subcommand(name, help);
  command->add_option("TOPOLOGY", arguments->topology, "Topology file")->required();
  command->add_option("-o,--output", arguments->output, "File to write")->required();
  command->callback([arguments, run, &chosen] { chosen = [arguments, run] { run(*arguments); }; });
  return command;
}

void add_drawn(CLI::App &command, Arguments &arguments) {
  command
      .add_option("--sizes", arguments.sizes,
                  "websearch, datamining, webserver, hadoop, cachefollower; exp:, gaussian:, lognorm: or pareto:THETA; "
                  "or a file of BYTES SHARE")
      ->capture_default_str();
  command.add_option("--cap", arguments.cap, "Bytes that no flow exceeds; 0: none")->capture_default_str();
  command.add_option("--load", arguments.traffic.load, "Expected of the fullest link, 0 to 1")->capture_default_str();
  command.add_option("--sigma", arguments.traffic.sigma, "Burstiness: of the log-normal gaps, 0 to 5")
      ->capture_default_str();
  command.add_option("--seed", arguments.traffic.seed, "Of all that is drawn")->capture_default_str();
}

}  // namespace

void add_workload(CLI::App &app, Chosen &chosen) {
  CLI::App *command = app.add_subcommand("workload", "Write flows");
  command->require_subcommand(1);
  const auto arguments = std::make_shared<Arguments>();
  CLI::App *drawn = add(*command, "random", "Drawn between the hosts of all racks", arguments, random, chosen);
  add_drawn(*drawn, *arguments);
  drawn->add_option("-n,--flows", arguments->traffic.flows, "How many")->capture_default_str();
  drawn
      ->add_option("--matrix", arguments->matrix,
                   "uniform, skewed:, hot: or local:SEED, or a file: traffic between racks")
      ->capture_default_str();
  CLI::App *on_path = add(*command, "path", "Drawn on a parking lot, as m3's paths", arguments, path, chosen);
  add_drawn(*on_path, *arguments);
  on_path->add_option("--foreground", arguments->foreground, "Flows from end to end")->capture_default_str();
  CLI::App *traced =
      add(*command, "trace", "From a CSV of ID,SOURCE,DESTINATION,BYTES,START_NS", arguments, trace, chosen);
  traced->add_option("--from", arguments->trace, "The CSV")->required();
  CLI::App *made = add(*command, "program", "Flows that wait for each other", arguments, program, chosen);
  made->add_option("--pattern", arguments->pattern,
                   "ring or tree all-reduce of all hosts; requests: the first half asks")
      ->check(CLI::IsMember({"ring", "tree", "requests"}))
      ->capture_default_str();
  made->add_option("--bytes", arguments->bytes, "Reduced each time")->capture_default_str();
  made->add_option("--repeats", arguments->repeats, "All-reduces, one after the other")->capture_default_str();
  made->add_option("--compute", arguments->compute_us, "us before each")->capture_default_str();
  made->add_option("--count", arguments->requests.count, "Requests of each client")->capture_default_str();
  made->add_option("--window", arguments->requests.window, "Requests open at a time")->capture_default_str();
  made->add_option("--fan-out", arguments->requests.fan_out, "Servers that a request goes to")->capture_default_str();
  made->add_option("--seed", arguments->requests.seed, "Of the answers' sizes")->capture_default_str();
}

}  // namespace liteflow::sim
