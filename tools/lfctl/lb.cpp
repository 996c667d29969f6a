// SPDX-License-Identifier: GPL-2.0
#include <fmt/format.h>

#include <limits>

#include "daemon/netlink/names.h"
#include "tools/lfctl/objects.h"
#include "tools/lfctl/records.h"
#include "tools/lfctl/units.h"

namespace liteflow::lfctl {
namespace {

std::string percent(double share) { return fmt::format("{:.1f} %", share * 100); }

std::string or_dash(std::uint32_t us) { return us ? human_us(us) : "-"; }

LbPath path_of(const Arguments &arguments) {
  LbPath path;
  arguments.prefix("PREFIX", path);
  arguments.mark("MARK", path);
  return path;
}

Json declared(const LbPath &path) {
  return Json{{"prefix", prefix_text(path)}, {"mark", mark_text(path)}};
}

}  // namespace

void lb_path_list(Context &context) {
  const auto paths = context.kernel.lb_paths();
  if (context.output.json()) return context.output.print(to_json(paths));
  Table table({{"PREFIX", Table::Align::kLeft},
               {"MARK", Table::Align::kLeft},
               {"WEIGHT"},
               {"HEALTH", Table::Align::kLeft},
               {"RTT"},
               {"LEAST"},
               {"LOSS"},
               {"ECN"},
               {"RATE"},
               {"FLOWS"},
               {"CHOSEN"},
               {"TIMEOUTS"},
               {"AGE"}});
  for (const LbPathInfo &one : paths)
    table.add({prefix_text(one.path), mark_text(one.path), std::to_string(one.path.weight),
               to_string(one.health), or_dash(one.rtt_us), or_dash(one.base_rtt_us),
               percent(one.loss), percent(one.ecn), human_rate(one.rate), std::to_string(one.flows),
               std::to_string(one.chosen), std::to_string(one.timeouts),
               one.age_ms ? human_age(*one.age_ms) : "-"});
  context.output.print(table.text());
}

void lb_path_add(Context &context) {
  const Arguments &arguments = context.arguments;
  LbPath path = path_of(arguments);
  if (arguments.has("--weight")) {
    const std::uint64_t weight = arguments.number("--weight");
    if (weight > std::numeric_limits<std::uint32_t>::max())
      throw UsageError(fmt::format("--weight {} is too large", weight));
    path.weight = static_cast<std::uint32_t>(weight);
  }
  context.kernel.add_lb_path(path);
  if (context.output.json()) context.output.print(declared(path));
}

void lb_path_delete(Context &context) {
  const LbPath path = path_of(context.arguments);
  context.kernel.delete_lb_path(path);
  if (context.output.json()) context.output.print(declared(path));
}

}  // namespace liteflow::lfctl
