// SPDX-License-Identifier: GPL-2.0
// The qdisc that makes a band a place in the queue: on the sender's own device by
// skb->priority, on a link further on by DSCP.
#include <fmt/format.h>
#include <linux/pkt_sched.h>

#include <array>
#include <charconv>
#include <fstream>

#include "liteflow/sched.h"
#include "tools/lfctl/objects.h"

namespace liteflow::lfctl {
namespace {

using Words = std::vector<std::string>;
using Bands = std::array<unsigned, LF_SCHED_BANDS>;

constexpr unsigned kDefaultBand = 1;  // of what the module doesn't mark

void append(Words &words, std::initializer_list<std::string> more) {
  words.insert(words.end(), more);
}

// Three numbers up to a limit, with commas, blanks or tabs between them.
Bands bands_of(const std::string &text, unsigned limit) {
  Bands bands{};
  const char *at = text.data(), *const end = at + text.size();
  for (unsigned &value : bands) {
    while (at < end && (*at == ',' || *at == ' ' || *at == '\t')) at++;
    const auto [next, error] = std::from_chars(at, end, value);
    if (error != std::errc() || value > limit)
      throw UsageError(fmt::format("--bands: '{}' are no {} numbers from 0 to {}", text, bands.size(), limit));
    at = next;
  }
  if (at != end) throw UsageError(fmt::format("--bands: '{}' has more than {} numbers", text, bands.size()));
  return bands;
}

// By option, else as the module has it, else its defaults.
Bands bands_from(const Arguments &arguments, const std::string &sysctl, unsigned limit,
                 const std::string &fallback) {
  std::string text = fallback;
  if (arguments.has("--bands"))
    text = arguments.text("--bands");
  else if (std::ifstream file("/proc/sys/net/liteflow/sched/" + sysctl); std::getline(file, text).fail())
    text = fallback;
  return bands_of(text, limit);
}

// The band of each skb->priority.
Words priority_map(const Bands &priorities) {
  Words map(TC_PRIO_MAX + 1, std::to_string(kDefaultBand));
  for (std::size_t band = 0; band < priorities.size(); band++) map[priorities[band]] = std::to_string(band);
  return map;
}

// prio serves a band only while those before it are empty; of ets the first goes
// before the others, which share in proportion to their quanta (bytes in a round).
Words qdisc_words(const std::string &kind, const std::string &device, const Words &map) {
  Words words = {"tc", "qdisc", "replace", "dev", device, "root", "handle", "1:", kind};
  append(words, {"bands", std::to_string(LF_SCHED_BANDS)});
  if (kind == "ets") append(words, {"strict", "1", "quanta", "6000", "3000"});
  append(words, {"priomap"});
  words.insert(words.end(), map.begin(), map.end());
  return words;
}

// A DSCP of 0 is the default band's already.
std::vector<Words> filter_words(const std::string &device, const Bands &dscps) {
  std::vector<Words> filters;
  for (const std::string family : {"ip", "ipv6"})
    for (std::size_t band = 0; band < dscps.size(); band++)
      if (dscps[band] != 0)
        filters.push_back({"tc", "filter", "replace", "dev", device, "parent", "1:", "protocol", family, "prio",
                           std::to_string(filters.size() + 1), "handle", "1", "flower", "ip_tos",
                           fmt::format("{:#x}/0xfc", dscps[band] << 2), "classid",
                           fmt::format("1:{}", band + 1)});
  return filters;
}

std::vector<Words> make_commands(const Arguments &arguments) {
  const std::string &device = arguments.text("DEV");
  const std::string kind = arguments.has("--qdisc") ? arguments.text("--qdisc") : "prio";
  if (kind != "prio" && kind != "ets")
    throw UsageError(fmt::format("--qdisc '{}' is neither prio nor ets", kind));
  if (!arguments.has("--dscp"))
    return {qdisc_words(kind, device, priority_map(bands_from(arguments, "priorities", TC_PRIO_MAX, "6 0 2")))};
  std::vector<Words> commands = {
      qdisc_words(kind, device, Words(TC_PRIO_MAX + 1, std::to_string(kDefaultBand)))};
  const auto filters = filter_words(device, bands_from(arguments, "dscps", 63, "18 0 8"));
  commands.insert(commands.end(), filters.begin(), filters.end());
  return commands;
}

}  // namespace

void sched_setup(Context &context) {
  const auto commands = make_commands(context.arguments);
  if (context.arguments.has("--apply"))
    for (const Words &words : commands) context.kernel.run(words);
  if (context.output.json()) return context.output.print(Json{{"commands", commands}});
  std::string text;
  for (const Words &words : commands) text += fmt::format("{}\n", fmt::join(words, " "));
  context.output.print(text);
}

}  // namespace liteflow::lfctl
