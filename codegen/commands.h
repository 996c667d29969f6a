// SPDX-License-Identifier: GPL-2.0
// The subcommands of lf-codegen.
#pragma once

#include <string>
#include <vector>

namespace liteflow::codegen {

// What the command line gives.
struct Arguments {
  std::string model;      // TorchScript file
  std::string inputs;     // CSV file
  std::string ranges;     // CSV file: declared lo,hi per input; empty: none
  std::string app = "cc";
  std::string output;     // directory of emit
  int weight_bits = 16;
  double sigma = 0;
  bool json = false;
};

struct Command {
  const char *name, *help;
  bool has_output;  // takes -o
  void (*run)(const Arguments &);
};

const std::vector<Command> &commands();

}  // namespace liteflow::codegen
