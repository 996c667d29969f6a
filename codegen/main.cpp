// SPDX-License-Identifier: GPL-2.0
// lf-codegen: turns a TorchScript model into an integer snapshot.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>

#include "codegen/commands.h"

namespace {

using liteflow::codegen::Arguments;
using liteflow::codegen::Command;

void add_options(CLI::App &command, const Command &entry, Arguments &arguments) {
  command.add_option("MODEL", arguments.model, "TorchScript file")->required();
  command.add_option("-i,--inputs", arguments.inputs, "CSV of input records, for calibration too")
      ->required();
  command.add_option("--ranges", arguments.ranges, "CSV of declared ranges: lo,hi per input");
  command.add_option("-a,--app", arguments.app, "app that may run it")->capture_default_str();
  command.add_option("--weight-bits", arguments.weight_bits, "16 or 8")->capture_default_str();
  command.add_option("--sigma", arguments.sigma, "standard deviation of exploration")
      ->capture_default_str();
  command.add_flag("-j,--json", arguments.json, "print JSON");
  if (entry.has_output)
    command.add_option("-o,--output", arguments.output, "directory to write to")->required();
}

}  // namespace

int main(int argc, char **argv) {
  CLI::App app("Turns a TorchScript model into an integer snapshot for the kernel", "lf-codegen");
  app.set_version_flag("-V,--version", LF_VERSION);
  app.require_subcommand(1);
  Arguments arguments;
  const Command *chosen = nullptr;
  for (const Command &entry : liteflow::codegen::commands()) {
    CLI::App *command = app.add_subcommand(entry.name, entry.help);
    add_options(*command, entry, arguments);
    command->callback([&chosen, &entry] { chosen = &entry; });
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError &e) {
    return app.exit(e) ? 2 : 0;
  }
  try {
    chosen->run(arguments);
  } catch (const std::exception &e) {
    fmt::print(stderr, "lf-codegen: {}\n", e.what());
    return 1;
  }
  return 0;
}
