// SPDX-License-Identifier: GPL-2.0
// Modules of the running kernel: load from memory, and remove if unused.
#pragma once

#include <string>

namespace liteflow {

// init_module(2). Returns false if a module of that name is loaded already;
// throws HostError where the kernel refuses it.
bool load_module(const std::string &name, const std::string &image);

// Whether `name` is a loaded module.
bool module_loaded(const std::string &name);

// delete_module(2) with O_NONBLOCK. Returns false if it is in use.
bool remove_module(const std::string &name);

}  // namespace liteflow
