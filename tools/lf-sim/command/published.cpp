// SPDX-License-Identifier: GPL-2.0
// lf-sim published: whether what is computed here is what m3's authors have published, value by value.
#include "tools/lf-sim/m3/published.h"

#include <fmt/core.h>

#include <memory>

#include "codegen/error.h"
#include "tools/lf-sim/command/commands.h"

namespace liteflow::sim {

namespace {

void add_to(m3::Agreement &all, const m3::Agreement &one) {
  all.values += one.values;
  all.equal += one.equal;
}

bool show(const char *name, const m3::Agreement &of) {
  fmt::print("{:<34} {:>9} of {:>9}\n", name, of.equal, of.values);
  return of.all();
}

void run(const std::string &folder) {
  m3::PublishedCheck all;
  const std::vector<std::string> paths = m3::published_folders(folder);
  for (const std::string &path : paths) {
    const m3::PublishedCheck check = m3::check_published(m3::read_published(path));
    add_to(all.flowsim, check.flowsim);
    add_to(all.fast, check.fast);
    add_to(all.maps, check.maps);
    add_to(all.targets, check.targets);
    add_to(all.parameters, check.parameters);
  }
  fmt::print("{} paths\n", paths.size());
  bool equal = show("flowSim's times, --exact", all.flowsim);
  equal &= show("within 1e-6 + 1 ns without it", all.fast);
  equal &= show("feature maps", all.maps);
  equal &= show("targets", all.targets);
  equal &= show("parameters", all.parameters);
  if (!equal) throw Error(fmt::format("{}: not all values are the published ones", folder));
}

}  // namespace

void add_published(CLI::App &app, Chosen &chosen) {
  const auto folder = std::make_shared<std::string>();
  CLI::App *command = app.add_subcommand("published", "Check flowSim and features against m3's demo paths");
  command->add_option("FOLDER", *folder, "Of the paths: a folder each, with fsize.npy and others")->required();
  command->callback([folder, &chosen] { chosen = [folder] { run(*folder); }; });
}

}  // namespace liteflow::sim
