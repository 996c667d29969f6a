// SPDX-License-Identifier: GPL-2.0
// liteflowd: tunes networks on what the kernel reports, and swaps them in.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <functional>

#include "daemon/commands.h"
#include "daemon/training/blas.h"

int main(int argc, char **argv) {
  liteflow::choose_blas_core(argv);
  CLI::App app("Tunes LiteFlow's networks on what kernels report, and swaps them in.");
  app.set_version_flag("-V,--version", "liteflowd " LF_VERSION);
  std::function<int()> command;
  liteflow::add_commands(app, command);
  CLI11_PARSE(app, argc, argv);
  try {
    return command();
  } catch (const std::exception &error) {
    std::fprintf(stderr, "liteflowd: %s\n", error.what());
    return 1;
  }
}
