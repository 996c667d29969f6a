// SPDX-License-Identifier: GPL-2.0
#include "tools/lfctl/watch.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace liteflow::lfctl {
namespace {

using namespace std::chrono_literals;
constexpr auto kPatience = 250ms;  // how late a signal may be noticed

void tell_overruns(Context &context, std::uint64_t overruns) {
  const std::string time = timestamp(context.now());
  if (context.output.json())
    context.output.print(Json{{"time", time}, {"overruns", overruns}});
  else
    context.output.print(fmt::format("{} messages were lost: this reader was too slow {} time{}\n",
                                     time, overruns, overruns == 1 ? "" : "s"));
}

}  // namespace

std::string timestamp(std::chrono::system_clock::time_point time) {
  const auto ms = std::chrono::floor<std::chrono::milliseconds>(time);
  const auto s = std::chrono::floor<std::chrono::seconds>(ms);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(s)), (ms - s).count());
}

void watch(Context &context, const char *group,
           const std::function<bool(BatchMessage &&)> &on_batch,
           const std::function<bool(EventMessage &&)> &on_event) {
  const std::uint64_t limit = context.arguments.number("--count");
  std::uint64_t count = 0, overruns = 0;
  const auto take = [&](const auto &handler, auto &&message) {
    if ((limit && count == limit) || !handler || !handler(std::move(message))) return;
    count++;
    context.output.flush();
  };
  context.kernel.subscribe(group);
  while (!context.stop() && (!limit || count < limit)) {
    context.kernel.receive(
        kPatience, [&](BatchMessage &&batch) { take(on_batch, std::move(batch)); },
        [&](EventMessage &&event) { take(on_event, std::move(event)); });
    if (context.kernel.overruns() == overruns) continue;
    overruns = context.kernel.overruns();
    tell_overruns(context, overruns);
    context.output.flush();
  }
}

}  // namespace liteflow::lfctl
