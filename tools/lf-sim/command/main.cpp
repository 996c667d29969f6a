// SPDX-License-Identifier: GPL-2.0
// lf-sim: estimates how long flows take on a network.
#include <fmt/core.h>

#include <cstdio>
#include <exception>

#include "daemon/training/blas.h"
#include "tools/lf-sim/command/commands.h"

int main(int argc, char **argv) {
  using namespace liteflow::sim;
  liteflow::choose_blas_core(argv);
  CLI::App app("Estimates how long flows take on a network", "lf-sim");
  app.set_version_flag("-V,--version", LF_VERSION);
  app.require_subcommand(1);
  Chosen chosen;
  add_topology(app, chosen);
  add_workload(app, chosen);
  add_scenarios(app, chosen);
  add_run(app, chosen);
  add_compare(app, chosen);
  add_sweep(app, chosen);
  add_published(app, chosen);
  add_truth(app, chosen);
  add_train(app, chosen);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError &e) {
    return app.exit(e) ? 2 : 0;
  }
  try {
    chosen();
  } catch (const std::exception &e) {
    fmt::print(stderr, "lf-sim: {}\n", e.what());
    return 1;
  }
  return 0;
}
