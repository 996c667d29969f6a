// SPDX-License-Identifier: GPL-2.0
// C emitter: a network as one C file that builds unchanged as a kernel module
// (with the Kbuild file next to it) and as a shared object. A pure function of
// the network: no time, path or locale in the output.
#pragma once

#include <string>

#include "codegen/network.h"

namespace liteflow::codegen {

std::string emit_c(const Network &network);
std::string emit_kbuild(const Network &network);

// Writes <dir>/<name>.c, its Kbuild, and <dir>/<name>.params (the parameter set
// for a kernel that has the shape), each whole or not at all; makes the directory
// where it is missing. Throws Error naming the file.
void emit(const Network &network, const std::string &dir);

}  // namespace liteflow::codegen
