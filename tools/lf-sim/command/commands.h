// SPDX-License-Identifier: GPL-2.0
// The subcommands of lf-sim. Each adds itself and, where it is given, is what runs.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace liteflow::sim {

using Chosen = std::function<void()>;

void add_topology(CLI::App &app, Chosen &chosen);
void add_workload(CLI::App &app, Chosen &chosen);
void add_scenarios(CLI::App &app, Chosen &chosen);
void add_run(CLI::App &app, Chosen &chosen);
void add_compare(CLI::App &app, Chosen &chosen);
void add_sweep(CLI::App &app, Chosen &chosen);
void add_published(CLI::App &app, Chosen &chosen);
void add_truth(CLI::App &app, Chosen &chosen);
void add_train(CLI::App &app, Chosen &chosen);

}  // namespace liteflow::sim
