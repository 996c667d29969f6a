// SPDX-License-Identifier: GPL-2.0
// Compiles emitted C with the kernel's code generation flags, outside a kernel
// tree: to learn how large it is, and in tests to run it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "codegen/network.h"

namespace liteflow::codegen {

// Where liteflow/snapshot.h is: $LF_INCLUDE, as installed, or the source tree.
std::string include_dir();

// What the kernel's own build passes on x86-64, as far as it changes code.
const std::vector<std::string> &kernel_flags();

// Runs a program found in PATH, quietly. False where it is missing or fails.
bool run_program(const std::vector<std::string> &arguments);

// A directory that is removed with everything in it.
class TemporaryDir {
 public:
  TemporaryDir();
  TemporaryDir(const TemporaryDir &) = delete;
  TemporaryDir &operator=(const TemporaryDir &) = delete;
  ~TemporaryDir();
  const std::string &path() const { return path_; }

 private:
  std::string path_;
};

// Bytes of code (not of tables or parameters) that gcc makes of the network;
// nothing where there is no gcc.
std::optional<std::size_t> code_bytes(const Network &network);

}  // namespace liteflow::codegen
