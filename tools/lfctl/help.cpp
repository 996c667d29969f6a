// SPDX-License-Identifier: GPL-2.0
#include "tools/lfctl/help.h"

#include <fmt/format.h>

#include <algorithm>

namespace liteflow::lfctl {
namespace {

constexpr std::size_t kWidth = 79;

// text in lines that start at column indent; the first one's place is taken.
std::string wrap(const std::string &text, std::size_t indent) {
  std::string out, line;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    const std::string word = text.substr(at, end - at);
    if (!line.empty() && indent + line.size() + 1 + word.size() > kWidth) {
      out += line + "\n" + std::string(indent, ' ');
      line.clear();
    }
    line += (line.empty() ? "" : " ") + word;
    at = end + 1;
  }
  return out + line + "\n";
}

std::string entry(const std::string &name, const std::string &text, std::size_t width) {
  return fmt::format("  {:<{}}  ", name, width) + wrap(text, width + 4);
}

std::string option_entries(const std::vector<Option> &options) {
  std::string text;
  for (const Option &one : options) text += entry(label(one), one.help, 19);
  return text;
}

std::string command_entries(const std::vector<const Command *> &list) {
  std::string text;
  for (const Command *one : list) text += fmt::format("  {}\n      {}\n", usage(*one), one->help);
  return text;
}

}  // namespace

std::string label(const Option &option) {
  const auto &global = global_options();
  const bool is_global = std::any_of(global.begin(), global.end(),
                                     [&](const Option &one) { return one.name == option.name; });
  if (!is_global) return option.value.empty() ? option.name : option.name + " " + option.value;
  const char letter = option.name == "--version" ? 'V' : option.name[2];
  return fmt::format("-{}, {}", letter, option.name);
}

std::string help() {
  std::vector<const Command *> all;
  for (const Command &one : commands()) all.push_back(&one);
  return "Usage: lfctl [OPTIONS] OBJECT VERB [ARGUMENTS]\n"
         "Control LiteFlow: neural networks in the kernel's datapath.\n\nCommands:\n" +
         command_entries(all) + "\nOptions:\n" + option_entries(global_options()) +
         "\nObjects and verbs may be shortened. A SNAPSHOT is an id, a name, or the start of a\n"
         "name that no other has. Exit status: 0, 1 for a failure, 2 for a mistake in usage.\n";
}

std::string help(const std::string &object) {
  return fmt::format("Usage: lfctl [OPTIONS] {} VERB [ARGUMENTS]\n\nCommands:\n{}\nOptions:\n{}",
                     object, command_entries(verbs_of(object)), option_entries(global_options()));
}

std::string help(const Command &command) {
  std::string text = wrap("Usage: lfctl " + usage(command), 7);
  text += wrap(command.help + ".", 0);
  if (!command.detail.empty()) text += wrap(command.detail, 0);
  if (!command.parameters.empty()) text += "\nArguments:\n";
  for (const Parameter &one : command.parameters) text += entry(one.name, one.help, 19);
  text += "\nOptions:\n" + option_entries(command.options) + option_entries(global_options());
  if (!command.json.empty()) text += "\nJSON: " + wrap(command.json, 6);
  return text;
}

}  // namespace liteflow::lfctl
