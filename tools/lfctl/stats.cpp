// SPDX-License-Identifier: GPL-2.0
#include <fmt/format.h>

#include "tools/lfctl/objects.h"
#include "tools/lfctl/records.h"
#include "tools/lfctl/units.h"

namespace liteflow::lfctl {
namespace {

std::string to_text(const StatsInfo &stats) {
  const AppInfo &app = stats.app;
  std::string text =
      fmt::format("{}: {} flow{}, daemon {}\n", printable(app.name), app.flows,
                  app.flows == 1 ? "" : "s", app.attached ? "attached" : "not attached");
  const auto add = [&text](const char *name, const std::string &value) {
    text += fmt::format("  {:<12} {}\n", name, value);
  };
  add("active", stats.active.id
                    ? fmt::format("snapshot {} {}, for {}", stats.active.id,
                                  printable(stats.active.name), human_age(stats.active.age_ms))
                    : "no snapshot: flows run under the kernel's own behaviour");
  add("inferences", std::to_string(app.inferences));
  add("records", std::to_string(app.reported));
  add("dropped",
      fmt::format("{} ({} of records)", app.dropped, human_percent(app.dropped, app.reported)));
  add("fallbacks", std::to_string(app.fallbacks));
  add("clamped", fmt::format("{} ({} of inferences)", app.clamped,
                             human_percent(app.clamped, app.inferences)));
  add("failed",
      fmt::format("{} ({} of inferences)", app.failed, human_percent(app.failed, app.inferences)));
  return text;
}

}  // namespace

void stats(Context &context) {
  const std::string &only = context.arguments.text("APP");
  const auto apps =
      only.empty() ? context.kernel.apps() : std::vector<AppInfo>{context.kernel.app(only)};
  std::vector<StatsInfo> all;
  for (const AppInfo &app : apps) {
    all.push_back({app, {}});
    for (const SnapshotInfo &one : context.kernel.snapshots(app.name))
      if (one.state == LF_STATE_ACTIVE) all.back().active = one;
  }
  if (context.output.json()) return context.output.print(to_json(all));
  for (const StatsInfo &one : all) context.output.print(to_text(one));
}

}  // namespace liteflow::lfctl
