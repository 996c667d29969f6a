// SPDX-License-Identifier: GPL-2.0
// The subcommands of liteflowd.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace liteflow {

// Adds them to app; the one that was given sets `chosen` to what runs it and
// returns the exit status.
void add_commands(CLI::App &app, std::function<int()> &chosen);

}  // namespace liteflow
