// SPDX-License-Identifier: GPL-2.0
// Engine: which one, as the command line says it, and what it makes of flows or of a program.
#pragma once

#include <CLI/CLI.hpp>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "tools/lf-sim/net/flows.h"
#include "tools/lf-sim/net/settings.h"
#include "tools/lf-sim/workload/program.h"

namespace liteflow::sim {

struct Engine {
  std::string name = "flowsim", model;
  bool exact = false, one_by_one = false, own_delays = false, draw = false;
  std::uint64_t seed = 1;
  std::size_t threads = 1, paths = 500;
  std::string settings_file;  // in place of what follows
  std::string transport = "dctcp";
  TcpSettings settings;
};

// All of its options.
void add_engine(CLI::App &command, Engine &engine);

// Of the options, or of the file in their place. Error naming what is wrong.
TcpSettings settings_of(const Engine &engine);

// What a summary records of it: all that its results depend on.
nlohmann::json parameters_of(const Engine &engine);

// Each writes a run to a directory (net/summary.h; of a program steps.csv in place of completions), with
// parameters_of() or more, and returns its summary. Error where the engine can't, or an option is missing or wrong.
nlohmann::json run_flows(const Engine &engine, const Topology &topology, const std::vector<Flow> &flows,
                         const std::string &directory, const nlohmann::json &parameters);
nlohmann::json run_steps(const Engine &engine, const Topology &topology, const Program &program,
                         const std::string &directory, const nlohmann::json &parameters);

}  // namespace liteflow::sim
