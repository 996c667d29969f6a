// SPDX-License-Identifier: GPL-2.0
#include <fmt/format.h>

#include "tools/lfctl/objects.h"
#include "tools/lfctl/records.h"
#include "tools/lfctl/units.h"

namespace liteflow::lfctl {

void flow_list(Context &context) {
  const auto flows = context.kernel.flows(context.arguments.text("APP"));
  if (context.output.json()) return context.output.print(to_json(flows));
  Table table({{"FLOW"},
               {"APP", Table::Align::kLeft},
               {"NETNS"},
               {"SNAPSHOT"},
               {"INFERENCES"},
               {"AGE"},
               {"FALLBACK", Table::Align::kLeft}});
  for (const FlowInfo &flow : flows)
    table.add({std::to_string(flow.id), printable(flow.app), std::to_string(flow.netns),
               flow.snapshot ? std::to_string(flow.snapshot) : "-", std::to_string(flow.inferences),
               human_age(flow.age_ms), flow.reason ? to_string(flow.reason) : "-"});
  context.output.print(table.text());
}

void flow_repin(Context &context) {
  const Arguments &arguments = context.arguments;
  const std::string &app = arguments.text("APP");
  const std::uint64_t snapshot =
      arguments.has("--snapshot") ? find_snapshot(context.kernel, arguments.text("--snapshot")).id
                                  : 0;
  const auto moved = context.kernel.repin(app, arguments.number("--flow"), snapshot);
  if (context.output.json())
    context.output.print(Json{{"app", app}, {"moved", moved}});
  else
    context.output.print(fmt::format("{} flow{} moved\n", moved, moved == 1 ? "" : "s"));
}

}  // namespace liteflow::lfctl
