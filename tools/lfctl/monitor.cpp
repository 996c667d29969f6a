// SPDX-License-Identifier: GPL-2.0
#include <fmt/format.h>

#include "tools/lfctl/objects.h"
#include "tools/lfctl/records.h"
#include "tools/lfctl/units.h"
#include "tools/lfctl/watch.h"

namespace liteflow::lfctl {
namespace {

std::string to_text(const TimedEvent &event) {
  const EventMessage &message = event.message;
  std::string text =
      fmt::format("{} {:<4} {:<14}", event.time, message.app.empty() ? "-" : printable(message.app),
                  to_string(message.event));
  if (message.snapshot) text += fmt::format(" {} {}", message.snapshot, printable(message.name));
  if (message.event == LF_EVENT_CANARY)
    text += fmt::format(" share {}", human_share(message.share));
  if (message.event == LF_EVENT_FALLBACK)
    text += fmt::format(" {} flow{}: {}", message.count, message.count == 1 ? "" : "s",
                        to_string(message.reason));
  text.erase(text.find_last_not_of(' ') + 1);
  return text + "\n";
}

}  // namespace

void monitor(Context &context) {
  watch(context, LF_GENL_GROUP_EVENTS, {}, [&](EventMessage &&message) {
    const TimedEvent event = {timestamp(context.now()), std::move(message)};
    if (context.output.json())
      context.output.print(to_json(event));
    else
      context.output.print(to_text(event));
    return true;
  });
}

}  // namespace liteflow::lfctl
