// SPDX-License-Identifier: GPL-2.0
// Cost per ACK and per decision, from what guest-cost.sh and guest-decide.sh
// printed.
#pragma once

#include <nlohmann/json.hpp>

#include <string>

namespace liteflow::bench {

inline constexpr double kLeastIdle = 0.30;  // a guest with less is CPU-limited

// The `run` lines: one object per congestion control and number of flows with
// the guest's busy nanoseconds per ACK and per megabyte, the path's rate, the share
// that the CPU was idle, and whether the run was CPU-limited. Throws Error for
// a line of another form or when there is none.
nlohmann::json parse_runs(const std::string &text);

// The `probe` lines: per congestion control, flows and function the calls and
// the spread of their durations, less what the probe of an empty function
// measured (its median); and all of it per ACK. Needs the `run` lines as well.
nlohmann::json parse_probes(const std::string &text);

// The `decision` lines of guest-decide.sh: per app the same of its functions.
// Throws Error where an app decided nothing.
nlohmann::json parse_decisions(const std::string &text);

}  // namespace liteflow::bench
