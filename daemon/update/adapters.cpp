// SPDX-License-Identifier: GPL-2.0
#include "daemon/update/adapters.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <utility>
#include <vector>

#include "codegen/error.h"

namespace liteflow {
namespace {

std::map<std::string, AdapterFactory> &built_in() {
  static std::map<std::string, AdapterFactory> factories;
  return factories;
}

void *symbol(void *library, const std::string &path, const char *name) {
  void *address = ::dlsym(library, name);
  if (!address)
    throw Error(fmt::format("{}: is no adapter: it exports no {}; end it with LF_ADAPTER(Class)",
                            path, name));
  return address;
}

std::unique_ptr<Adapter> load_adapter(const std::string &path, const AdapterOptions &options) {
  void *library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library) throw Error(fmt::format("adapter: {}", ::dlerror()));
  const int abi = *static_cast<const int *>(symbol(library, path, "lf_adapter_abi"));
  if (abi != kAdapterAbi)
    throw Error(fmt::format("{}: was built for adapter interface {}, this is {}; build it again",
                            path, abi, kAdapterAbi));
  using Create = Adapter *(const AdapterOptions &);
  auto *create = reinterpret_cast<Create *>(symbol(library, path, "lf_adapter_create"));
  std::unique_ptr<Adapter> adapter(create(options));
  if (!adapter) throw Error(fmt::format("{}: lf_adapter_create returned nothing", path));
  return adapter;
}

}  // namespace

void register_adapter(const std::string &name, AdapterFactory factory) {
  built_in()[name] = std::move(factory);
}

std::unique_ptr<Adapter> make_adapter(const std::string &name, const AdapterOptions &options) {
  if (name.find('/') != std::string::npos) return load_adapter(name, options);
  if (const auto found = built_in().find(name); found != built_in().end())
    return found->second(options);
  std::vector<std::string> names;
  for (const auto &[known, factory] : built_in()) names.push_back(known);
  throw Error(fmt::format("adapter \"{}\" is unknown; built in: {}; a shared library is named by a "
                          "path with a slash", name, fmt::join(names, ", ")));
}

}  // namespace liteflow
