// SPDX-License-Identifier: GPL-2.0
// The service manager's notification protocol (sd_notify(3)), without its
// library: the agent must stay small.
#pragma once

#include <chrono>
#include <string>

namespace liteflow {

// Sends "READY=1", "STATUS=...", "WATCHDOG=1", "STOPPING=1"; does nothing where
// no service manager listens.
void notify(const std::string &state);

// Half of the time within which the service manager wants to hear WATCHDOG=1;
// zero where it doesn't.
std::chrono::microseconds watchdog_interval();

}  // namespace liteflow
