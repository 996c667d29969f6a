// SPDX-License-Identifier: GPL-2.0
// Removing snapshots. A parameter snapshot goes by netlink alone. One that came
// as a module is taken out of use there, and goes with its module.
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "tools/lfctl/objects.h"

namespace liteflow::lfctl {
namespace {

void remove_its_module(Kernel &kernel, const SnapshotInfo &one) {
  const int error = kernel.remove_module(one.name);
  if (error == EWOULDBLOCK || error == EBUSY)
    throw Error(fmt::format(
        "snapshot {}: its module {} stays: flows, or snapshots that were loaded for its "
        "shape, still run its code",
        one.id, one.name));
  if (error == EPERM)
    throw Error(
        fmt::format("removing the module {} needs CAP_SYS_MODULE: run it as root", one.name));
  if (error && error != ENOENT)
    throw Error(fmt::format("removing the module {}: {}", one.name, std::strerror(error)));
}

// named: the user gave the whole name, and so means this very snapshot.
void remove(Kernel &kernel, const SnapshotInfo &one, bool named, bool force) {
  if (force && one.state == LF_STATE_ACTIVE && !named)
    throw Error(
        fmt::format("snapshot {} is active, and its flows would fall back: confirm by its "
                    "whole name: lfctl snapshot unload {} --force",
                    one.id, one.name));
  const bool module = kernel.is_module(one.name);
  try {
    kernel.unload(one.id, named ? one.name : std::string(), force);
  } catch (const NetlinkError &error) {
    if (error.code() != EBUSY || force) throw;
    throw NetlinkError(EBUSY,
                       fmt::format("{} ({}, {} pins): wait until it is drained, or take it away "
                                   "with --force (its flows fall back)",
                                   error.what(), to_string(one.state), one.pins));
  }
  if (module) remove_its_module(kernel, one);
}

Json removed_json(const std::vector<SnapshotInfo> &removed) {
  Json array = Json::array();
  for (const SnapshotInfo &one : removed) array.push_back(Json{{"id", one.id}, {"name", one.name}});
  return Json{{"removed", array}};
}

}  // namespace

void snapshot_unload(Context &context) {
  const std::string &which = context.arguments.text("SNAPSHOT");
  const auto one = find_snapshot(context.kernel, which);
  remove(context.kernel, one, which == one.name, context.arguments.has("--force"));
  if (context.output.json()) context.output.print(removed_json({one}));
}

void snapshot_gc(Context &context) {
  auto drained = context.kernel.snapshots(context.arguments.text("APP"));
  std::erase_if(drained, [](const SnapshotInfo &one) { return one.state != LF_STATE_DRAINED; });
  // A parameter snapshot holds the module of its shape: it goes first.
  std::stable_partition(drained.begin(), drained.end(), [&](const SnapshotInfo &one) {
    return !context.kernel.is_module(one.name);
  });
  std::vector<SnapshotInfo> removed;
  std::string failures;
  for (const SnapshotInfo &one : drained) {
    try {
      remove(context.kernel, one, false, false);
      removed.push_back(one);
      if (!context.output.json())
        context.output.print(fmt::format("removed {} {}\n", one.id, printable(one.name)));
    } catch (const Error &error) {
      failures += (failures.empty() ? "" : "; ") + std::string(error.what());
    }
  }
  if (context.output.json()) context.output.print(removed_json(removed));
  if (!failures.empty()) throw Error(failures);
}

}  // namespace liteflow::lfctl
