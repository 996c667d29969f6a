// SPDX-License-Identifier: GPL-2.0
// docs/configuration.md, from the tables of options.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>

#include "daemon/config/config.h"
#include "daemon/config/tables.h"

namespace liteflow {
namespace {

template <typename T>
std::string type_text(const Option<T> &option) {
  const auto name = [&]<typename V>(V T::*) -> std::string {
    if constexpr (std::is_same_v<V, bool>) return "boolean";
    if constexpr (std::is_same_v<V, std::int64_t>) return "integer";
    if constexpr (std::is_same_v<V, double>) return "float";
    if constexpr (std::is_same_v<V, std::string>) return "string";
    if constexpr (std::is_same_v<V, std::vector<double>>) return "list of numbers";
    return "list of strings";
  };
  return std::visit(name, option.field);
}

template <typename T>
std::string default_text(const Option<T> &option) {
  static const T section{};
  const auto value = []<typename V>(V T::*field) -> std::string {
    if constexpr (std::is_same_v<V, std::string>) return fmt::format("\"{}\"", section.*field);
    return fmt::format("{}", section.*field);
  };
  return std::visit(value, option.field);
}

template <typename T>
std::string range_text(const Option<T> &option) {
  if (!option.choices.empty()) return fmt::format("{}", fmt::join(option.choices, ", "));
  const bool low = std::isfinite(option.low), high = std::isfinite(option.high);
  if (low && high) return fmt::format("{} to {}", option.low, option.high);
  return low ? fmt::format("{} or more", option.low) : "";
}

template <typename T>
std::string section_text(const std::string &title, const std::string &doc,
                         const OptionTable<T> &table) {
  std::string text = fmt::format("\n## `{}`\n\n{}\n\n", title, doc);
  for (const auto &option : table) {
    text += fmt::format("**`{}`** - {}", option.name, type_text(option));
    if (const auto range = range_text(option); !range.empty()) text += ": " + range;
    text += fmt::format(". Default: `{}`.{}\n{}\n\n", default_text(option),
                        option.reload ? " SIGHUP changes it." : "", option.doc);
  }
  text.pop_back();
  return text;
}

}  // namespace

std::string config_reference() {
  std::string text =
      "<!-- Do not edit: printed by `liteflowd config-reference`. -->\n"
      "# Configuration of liteflowd\n\n"
      "A TOML file, given by `liteflowd run --config FILE`; `liteflowd check-config FILE` checks one.\n"
      "An unknown key, a wrong type and a value out of range are errors that name the line.\n"
      "SIGHUP reads the file again, takes over what it can and logs what changed.\n";
  text += section_text("[daemon]", "The process.", daemon_table());
  text += section_text("[builder]", "How updates of a new shape become kernel modules.",
                       builder_table());
  text += section_text("[[host]]", "A kernel to look after; one section for each, at least one.",
                       host_table());
  text += section_text("[[app]]", "An app to tune; one section for each, at least one.", app_table());
  text += section_text("[app.gate]",
                       "When an update is correct (tuning has settled) and necessary (it differs enough).",
                       gate_table());
  text += section_text("[app.update]", "What is done with one.", update_table());
  text += section_text("[app.estimate]",
                       "What an update would do to the traffic that hosts last showed, simulated before it is "
                       "tried. Prediction and later observation stand in the file of decisions.",
                       estimate_table());
  text +=
      "\n## `[app.options]`\n\nThe adapter's own keys: strings, numbers and booleans, handed to it as "
      "they are.\n";
  return text;
}

}  // namespace liteflow
