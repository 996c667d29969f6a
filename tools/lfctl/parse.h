// SPDX-License-Identifier: GPL-2.0
// From a command line to a command of the table and its checked arguments.
#pragma once

#include <string>
#include <vector>

#include "tools/lfctl/command.h"

namespace liteflow::lfctl {

struct Invocation {
  enum class What { kRun, kHelp, kVersion };
  What what = What::kRun;
  std::string object;                // of kHelp; empty: of everything
  const Command *command = nullptr;  // of kRun; of kHelp where it is known
  Arguments arguments;
  Format format = Format::kHuman;
};

// words: without the program's name. Objects and verbs may be shortened to a
// start that no other has; options may stand anywhere after their command and
// -j, -p, -V, -h anywhere. Throws UsageError.
Invocation parse(const std::vector<std::string> &words);

}  // namespace liteflow::lfctl
