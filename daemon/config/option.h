// SPDX-License-Identifier: GPL-2.0
// Option: one key of the configuration file. The tables of options are the only
// place that knows a key: parsing, validation, the reference page and the check
// of the sample file all read them.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace liteflow {

// A key of section T. The default is what a fresh T holds.
template <typename T>
struct Option {
  using Field = std::variant<bool T::*, std::int64_t T::*, double T::*, std::string T::*,
                             std::vector<std::string> T::*, std::vector<double> T::*>;

  std::string_view name;
  Field field;
  std::string_view doc;
  double low = -std::numeric_limits<double>::infinity();  // of each number, inclusive
  double high = std::numeric_limits<double>::infinity();
  std::vector<std::string_view> choices = {};  // of strings; empty: any
  bool reload = false;                         // SIGHUP can change it
};

template <typename T>
using OptionTable = std::vector<Option<T>>;

}  // namespace liteflow
