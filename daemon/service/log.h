// SPDX-License-Identifier: GPL-2.0
// Logging to standard error: with time and colour for a person, with the
// journal's <priority> prefixes where systemd reads it.
#pragma once

#include <string>

namespace liteflow {

// level: trace, debug, info, warning, error or off.
void setup_log(const std::string &level);

}  // namespace liteflow
