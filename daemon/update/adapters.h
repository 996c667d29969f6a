// SPDX-License-Identifier: GPL-2.0
// Registry of adapters: built-in ones by name, others as shared libraries.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "daemon/adapter.h"

namespace liteflow {

using AdapterFactory = std::function<std::unique_ptr<Adapter>(const AdapterOptions &)>;

// Makes a built-in adapter known. Not thread-safe; call it before the first use.
void register_adapter(const std::string &name, AdapterFactory factory);

// name: a built-in adapter, or the path of a shared library (with a slash),
// which stays loaded. Throws Error naming what is wrong with it.
std::unique_ptr<Adapter> make_adapter(const std::string &name, const AdapterOptions &options);

}  // namespace liteflow
