// SPDX-License-Identifier: GPL-2.0
#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <cerrno>
#include <charconv>
#include <cstring>

#include "tools/lfctl/objects.h"
#include "tools/lfctl/records.h"

namespace liteflow::lfctl {
namespace {

// The id of a cgroup: given as a number, or that of a directory of cgroup2,
// which is its inode.
std::uint64_t cgroup_id(const std::string &which) {
  std::uint64_t id = 0;
  const auto [end, error] = std::from_chars(which.data(), which.data() + which.size(), id);
  if (error == std::errc() && end == which.data() + which.size() && id) return id;
  struct statfs file_system;
  struct stat status;
  if (statfs(which.c_str(), &file_system) || stat(which.c_str(), &status))
    throw Error(fmt::format("{}: {}", which, std::strerror(errno)));
  if (file_system.f_type != CGROUP2_SUPER_MAGIC || !S_ISDIR(status.st_mode))
    throw Error(fmt::format(
        "{}: no directory of a cgroup (v2): these are below where cgroup2 is mounted, mostly "
        "/sys/fs/cgroup",
        which));
  return status.st_ino;
}

}  // namespace

void objective_list(Context &context) {
  const auto objectives = context.kernel.objectives(context.arguments.text("APP"));
  if (context.output.json()) return context.output.print(to_json(objectives));
  Table table({{"APP", Table::Align::kLeft}, {"CGROUP"}, {"WEIGHTS", Table::Align::kLeft}});
  for (const ObjectiveInfo &one : objectives) {
    std::string weights;
    for (const double weight : one.weights)
      weights += fmt::format("{}{:.3f}", weights.empty() ? "" : ",", weight);
    table.add({printable(one.app), std::to_string(one.cgroup), weights});
  }
  context.output.print(table.text());
}

void objective_set(Context &context) {
  const Arguments &arguments = context.arguments;
  const ObjectiveInfo objective = {arguments.text("APP"), cgroup_id(arguments.text("CGROUP")),
                                   arguments.weights("WEIGHTS")};
  context.kernel.set_objective(objective);
  if (context.output.json()) context.output.print(to_json(objective));
}

void objective_delete(Context &context) {
  const std::string &app = context.arguments.text("APP");
  const std::uint64_t cgroup = cgroup_id(context.arguments.text("CGROUP"));
  context.kernel.delete_objective(app, cgroup);
  if (context.output.json()) context.output.print(Json{{"app", app}, {"cgroup", cgroup}});
}

}  // namespace liteflow::lfctl
