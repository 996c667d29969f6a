// SPDX-License-Identifier: GPL-2.0
// The qdisc that makes a band a place in the queue: on the sender's own device by
// skb->priority, on a link further on by DSCP. It is the device's root, or below a
// shaper's class.
#include <fmt/format.h>
#include <linux/pkt_sched.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <string_view>

#include "liteflow/sched.h"
#include "tools/lfctl/objects.h"

namespace liteflow::lfctl {
namespace {

using Words = std::vector<std::string>;
using Bands = std::vector<unsigned>;

constexpr std::size_t kLeastBands = 2;
constexpr unsigned kDefaultBand = 1;  // of what the module doesn't mark

void append(Words &words, std::initializer_list<std::string> more) {
  words.insert(words.end(), more);
}

struct Place {
  std::string device, parent;  // class of a shaper; empty: root

  // A handle is unique on its device.
  std::string major() const { return parent.starts_with("1:") ? "2:" : "1:"; }
};

bool is_hexadecimal(std::string_view text) {
  unsigned value = 0;
  const char *const end = text.data() + text.size();
  const auto [next, error] = std::from_chars(text.data(), end, value, 16);
  return error == std::errc() && next == end && value > 0 && value <= 0xffff;
}

Place place_from(const Arguments &arguments) {
  Place place{arguments.text("DEV"), ""};
  if (!arguments.has("--parent")) return place;
  place.parent = arguments.text("--parent");
  const std::string_view text = place.parent;
  const std::size_t colon = text.find(':');
  if (colon == text.npos || !is_hexadecimal(text.substr(0, colon)) || !is_hexadecimal(text.substr(colon + 1)))
    throw UsageError(fmt::format("--parent '{}' is no class such as 10:1", text));
  return place;
}

// A number for each band, with commas, blanks or tabs between them.
Bands bands_of(const std::string &text, unsigned limit) {
  Bands bands;
  const char *at = text.data(), *const end = at + text.size();
  while (at < end) {
    const auto [next, error] = std::from_chars(at, end, bands.emplace_back());
    if (error != std::errc() || bands.back() > limit)
      throw UsageError(fmt::format("--bands: '{}' are not only numbers from 0 to {}", text, limit));
    at = std::find_if(next, end, [](char c) { return c != ',' && c != ' ' && c != '\t'; });
  }
  if (bands.size() < kLeastBands || bands.size() > LF_SCHED_BANDS)
    throw UsageError(fmt::format("--bands: '{}' are {} numbers, not {} to {}", text, bands.size(), kLeastBands,
                                 LF_SCHED_BANDS));
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

// Bytes in a round of all bands but the first: each has two thirds of the one before it.
constexpr std::array kQuanta = {"17000", "11400", "7600", "5100", "3400", "2250", "1500"};
static_assert(kQuanta.size() == LF_SCHED_BANDS - 1);

// prio serves a band only while those before it are empty; of ets the first goes
// before the others, which share in proportion to their quanta.
Words qdisc_words(const std::string &kind, const Place &place, std::size_t bands, const Words &map) {
  Words words = {"tc", "qdisc", "replace", "dev", place.device};
  if (place.parent.empty())
    append(words, {"root"});
  else
    append(words, {"parent", place.parent});
  append(words, {"handle", place.major(), kind, "bands", std::to_string(bands)});
  if (kind == "ets") {
    append(words, {"strict", "1", "quanta"});
    words.insert(words.end(), kQuanta.end() - static_cast<std::ptrdiff_t>(bands - 1), kQuanta.end());
  }
  append(words, {"priomap"});
  words.insert(words.end(), map.begin(), map.end());
  return words;
}

// A DSCP of 0 is the default band's already.
std::vector<Words> filter_words(const Place &place, const Bands &dscps) {
  std::vector<Words> filters;
  for (const std::string family : {"ip", "ipv6"})
    for (std::size_t band = 0; band < dscps.size(); band++)
      if (dscps[band] != 0)
        filters.push_back({"tc", "filter", "replace", "dev", place.device, "parent", place.major(), "protocol", family,
                           "prio", std::to_string(filters.size() + 1), "handle", "1", "flower", "ip_tos",
                           fmt::format("{:#x}/0xfc", dscps[band] << 2), "classid",
                           fmt::format("{}{}", place.major(), band + 1)});
  return filters;
}

std::vector<Words> make_commands(const Arguments &arguments) {
  const Place place = place_from(arguments);
  const std::string kind = arguments.has("--qdisc") ? arguments.text("--qdisc") : "prio";
  if (kind != "prio" && kind != "ets")
    throw UsageError(fmt::format("--qdisc '{}' is neither prio nor ets", kind));
  if (!arguments.has("--dscp")) {
    const Bands priorities = bands_from(arguments, "priorities", TC_PRIO_MAX, "6 0 8 9 10 11 2 1");
    return {qdisc_words(kind, place, priorities.size(), priority_map(priorities))};
  }
  const Bands dscps = bands_from(arguments, "dscps", 63, "18 0 20 22 10 12 14 8");
  std::vector<Words> commands = {
      qdisc_words(kind, place, dscps.size(), Words(TC_PRIO_MAX + 1, std::to_string(kDefaultBand)))};
  const auto filters = filter_words(place, dscps);
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
