// SPDX-License-Identifier: GPL-2.0
// Help texts from the command table.
#pragma once

#include <string>

#include "tools/lfctl/command.h"

namespace liteflow::lfctl {

std::string help();                           // everything
std::string help(const std::string &object);  // the verbs of an object
std::string help(const Command &command);     // one command in full

// "-j, --json", "--share SHARE"
std::string label(const Option &option);

}  // namespace liteflow::lfctl
