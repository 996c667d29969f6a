// SPDX-License-Identifier: GPL-2.0
// The rules and routes that make a mark a path: for each next hop a table of its
// own, which sockets with the mark look up.
#include <fmt/format.h>

#include <algorithm>

#include "tools/lfctl/objects.h"
#include "tools/lfctl/records.h"

namespace liteflow::lfctl {
namespace {

using Words = std::vector<std::string>;

constexpr std::uint64_t kFirstTable = 100;
constexpr auto kLastMetric = "4294967295";

// What stands between commas.
Words split(const std::string &text) {
  Words parts;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    parts.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

void append(Words &words, std::initializer_list<std::string> more) {
  words.insert(words.end(), more);
}

// ADDRESS, ADDRESS@DEVICE or @DEVICE.
Words hop_words(const std::string &hop) {
  const std::size_t at = hop.find('@');
  const std::string address = hop.substr(0, at);
  const std::string device = at == std::string::npos ? "" : hop.substr(at + 1);
  if (address.empty() && device.empty())
    throw UsageError(fmt::format("'{}' is no next hop: such as 10.0.1.1@eth0.101", hop));
  Words words;
  if (!address.empty()) append(words, {"via", address});
  if (!device.empty()) append(words, {"dev", device});
  return words;
}

// The encapsulation to one label, tunnel end or segment.
Words encap_words(const std::string &kind, const std::string &to) {
  if (kind == "mpls") return {"encap", "mpls", to};
  if (kind == "ip" || kind == "ip6") return {"encap", kind, "id", "0", "dst", to};
  if (kind == "seg6") return {"encap", "seg6", "mode", "encap", "segs", to};
  throw UsageError(fmt::format("--encap '{}' is none of mpls:, ip:, ip6: and seg6:", kind));
}

// That of each hop, from KIND:LIST; empty words without.
std::vector<Words> encaps(const std::string &text, std::size_t hops) {
  std::vector<Words> all(hops);
  if (text.empty()) return all;
  const std::size_t colon = std::min(text.find(':'), text.size() - 1);
  const Words to = split(text.substr(colon + 1));
  if (to.size() != hops)
    throw UsageError(fmt::format("--encap has {} values for {} next hops", to.size(), hops));
  std::ranges::transform(to, all.begin(), [&](const std::string &one) {
    return encap_words(text.substr(0, colon), one);
  });
  return all;
}

// The marks count in steps of the mask's lowest bit.
LbPath path_at(LbPath path, std::size_t i) {
  const std::uint64_t step = path.mask & -path.mask;
  const std::uint64_t mark = path.mark + i * step;
  if (mark & ~std::uint64_t{path.mask})
    throw UsageError(fmt::format("mark {:#x} is beyond the mask {:#x}: give a larger one with --mark",
                                 mark, path.mask));
  path.mark = static_cast<std::uint32_t>(mark);
  return path;
}

struct Step {
  std::vector<Words> commands;
  LbPath path;
};

Step make_step(const LbPath &path, const std::string &table, const Words &encap, const Words &hop) {
  const Words ip = {"ip", path.length >= 96 && path.prefix[10] == 0xff ? "-4" : "-6"};
  Words rule = ip, route = ip;
  append(rule, {"rule", "add", "fwmark", mark_text(path), "table", table});
  append(route, {"route", "replace", prefix_text(path)});
  route.insert(route.end(), encap.begin(), encap.end());
  route.insert(route.end(), hop.begin(), hop.end());
  append(route, {"table", table});
  // Without a way of its own a path must lead nowhere, not where the others do.
  Words end = ip;
  append(end, {"route", "replace", "unreachable", prefix_text(path), "metric", kLastMetric, "table",
               table});
  return {{rule, route, end}, path};
}

std::vector<Step> make_steps(const Arguments &arguments) {
  const Words hops = split(arguments.text("HOPS"));
  const auto encap = encaps(arguments.text("--encap"), hops.size());
  const std::uint64_t table =
      arguments.has("--table") ? arguments.number("--table") : kFirstTable;
  LbPath first;
  arguments.prefix("PREFIX", first);
  first.mark = 1;
  first.mask = 0xff;
  if (arguments.has("--mark")) arguments.mark("--mark", first);
  std::vector<Step> steps;
  for (std::size_t i = 0; i < hops.size(); i++)
    steps.push_back(make_step(path_at(first, i), std::to_string(table + i), encap[i],
                              hop_words(hops[i])));
  return steps;
}

std::string text_of(const std::vector<Step> &steps) {
  std::string text;
  for (const Step &step : steps) {
    for (const Words &words : step.commands) text += fmt::format("{}\n", fmt::join(words, " "));
    text += fmt::format("lfctl lb path add {} mark {}\n", prefix_text(step.path), mark_text(step.path));
  }
  return text;
}

Json json_of(const std::vector<Step> &steps) {
  Json array = Json::array();
  for (const Step &step : steps)
    array.push_back({{"prefix", prefix_text(step.path)},
                     {"mark", mark_text(step.path)},
                     {"commands", step.commands}});
  return array;
}

}  // namespace

void lb_setup(Context &context) {
  const auto steps = make_steps(context.arguments);
  if (context.arguments.has("--apply"))
    for (const Step &step : steps) {
      for (const Words &words : step.commands) context.kernel.run(words);
      context.kernel.add_lb_path(step.path);
    }
  if (context.output.json())
    context.output.print(json_of(steps));
  else
    context.output.print(text_of(steps));
}

}  // namespace liteflow::lfctl
