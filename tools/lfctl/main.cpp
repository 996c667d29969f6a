// SPDX-License-Identifier: GPL-2.0
// lfctl: show and steer LiteFlow's snapshots, flows and batches.
#include <csignal>
#include <iostream>

#include "tools/lfctl/live_kernel.h"
#include "tools/lfctl/run.h"

namespace {

volatile std::sig_atomic_t stopped = 0;

void on_signal(int) { stopped = 1; }

// No SA_RESTART: a watch that waits is woken.
void end_on(int signal) {
  struct sigaction action = {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESETHAND;  // the second one kills
  sigaction(signal, &action, nullptr);
}

}  // namespace

int main(int argc, char **argv) {
  end_on(SIGINT);
  end_on(SIGTERM);
  std::ios::sync_with_stdio(false);
  liteflow::lfctl::LiveKernel kernel;
  return liteflow::lfctl::run({argv + 1, argv + argc}, kernel,
                              {std::cout, std::cerr, [] { return stopped != 0; },
                               [] { return std::chrono::system_clock::now(); }});
}
