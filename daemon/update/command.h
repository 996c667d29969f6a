// SPDX-License-Identifier: GPL-2.0
// Runs a program and waits for it, with a time limit.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace liteflow {

struct CommandResult {
  int status = 0;      // exit status; 128 + signal; 127: could not be run
  bool timed_out = false;
  std::string output;  // standard output and error, the last 64 KiB
};

// idle is called every 100 ms while it runs. At the limit the whole process
// group is killed.
CommandResult run_command(const std::vector<std::string> &arguments, std::chrono::seconds limit,
                          const std::function<void()> &idle = {});

}  // namespace liteflow
