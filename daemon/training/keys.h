// SPDX-License-Identifier: GPL-2.0
// Keys: an adapter's own part of the daemon's configuration, all numbers.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "codegen/error.h"

namespace liteflow {

template <typename Settings>
struct Key {
  const char *name;
  double Settings::*value;
  double least, most;
  const char *meaning;
};

// Throws Error where the text is no finite number.
double number_of(const std::string &adapter, const std::string &key, const std::string &text);

// "key = default  explanation" per line.
template <typename Settings>
std::string describe(const std::vector<Key<Settings>> &keys) {
  const Settings defaults;
  std::string text;
  for (const auto &k : keys)
    text += fmt::format("  {} = {}  {}, in [{}, {}]\n", k.name, defaults.*(k.value), k.meaning, k.least, k.most);
  return text;
}

// adapter: its name, for messages. Throws Error naming a bad key or value.
template <typename Settings>
Settings read_keys(const std::map<std::string, std::string> &values, const std::string &adapter,
                   const std::vector<Key<Settings>> &keys) {
  Settings s;
  for (const auto &[name, text] : values) {
    const Key<Settings> *key = nullptr;
    for (const auto &k : keys)
      if (name == k.name) key = &k;
    if (!key)
      throw Error(fmt::format("{}: unknown key \"{}\"; known keys:\n{}", adapter, name, describe(keys)));
    const double v = number_of(adapter, name, text);
    if (v < key->least || v > key->most)
      throw Error(fmt::format("{}: {} = {}: must lie in [{}, {}]", adapter, name, text, key->least, key->most));
    s.*(key->value) = v;
  }
  return s;
}

}  // namespace liteflow
