// SPDX-License-Identifier: GPL-2.0
#include <fmt/format.h>

#include "tools/lfctl/objects.h"
#include "tools/lfctl/records.h"

namespace liteflow::lfctl {

void app_list(Context &context) {
  const auto apps = context.kernel.apps();
  if (context.output.json()) return context.output.print(to_json(apps));
  Table table({{"APP", Table::Align::kLeft},
               {"IN"},
               {"OUT"},
               {"INTERVAL"},
               {"FLOWS"},
               {"INFERENCES"},
               {"FALLBACKS"},
               {"RECORDS"},
               {"DROPPED"},
               {"DAEMON", Table::Align::kLeft}});
  for (const AppInfo &app : apps)
    table.add({printable(app.name), std::to_string(app.n_in), std::to_string(app.n_out),
               fmt::format("{} ms", app.interval_ms), std::to_string(app.flows),
               std::to_string(app.inferences), std::to_string(app.fallbacks),
               std::to_string(app.reported), std::to_string(app.dropped),
               app.attached ? "attached" : "-"});
  context.output.print(table.text());
}

void app_set(Context &context) {
  const std::string &app = context.arguments.text("APP");
  const auto ms = context.arguments.number("MS");
  context.kernel.set_interval(app, std::chrono::milliseconds(ms));
  if (context.output.json()) context.output.print(Json{{"app", app}, {"interval_ms", ms}});
}

}  // namespace liteflow::lfctl
