// SPDX-License-Identifier: GPL-2.0
// The signals of a service, as values that one thread asks for.
#pragma once

#include <chrono>

namespace liteflow {

// Catches SIGTERM, SIGINT and SIGHUP from here on, whichever thread they hit:
// libraries start threads before main() that block nothing.
void catch_signals();

// The next of them within the timeout; 0 for none.
int wait_signal(std::chrono::milliseconds timeout);

}  // namespace liteflow
