// SPDX-License-Identifier: GPL-2.0
// lfctl without its process: a command line in, text and an exit status out.
#pragma once

#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "tools/lfctl/kernel.h"

namespace liteflow::lfctl {

struct Environment {
  std::ostream &out;
  std::ostream &err;
  std::function<bool()> stop;  // whether a watch should end
  std::function<std::chrono::system_clock::time_point()> now;
};

// Returns 0, 1 for a failure, 2 for a mistake in usage; both of these with one
// line on err.
int run(const std::vector<std::string> &words, Kernel &kernel, const Environment &environment);

}  // namespace liteflow::lfctl
