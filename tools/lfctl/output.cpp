// SPDX-License-Identifier: GPL-2.0
#include "tools/lfctl/output.h"

#include <fmt/format.h>

#include <algorithm>

namespace liteflow::lfctl {

std::string Table::text() const {
  std::vector<std::size_t> widths;
  for (const Column &column : columns_) widths.push_back(column.title.size());
  for (const auto &row : rows_)
    for (std::size_t i = 0; i < row.size(); i++) widths[i] = std::max(widths[i], row[i].size());

  std::string text;
  const auto add_line = [&](const auto &cell) {
    std::string line;
    for (std::size_t i = 0; i < columns_.size(); i++)
      line += columns_[i].align == Align::kLeft ? fmt::format("{:<{}}  ", cell(i), widths[i])
                                                : fmt::format("{:>{}}  ", cell(i), widths[i]);
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  };
  add_line([&](std::size_t i) { return columns_[i].title; });
  for (const auto &row : rows_) add_line([&](std::size_t i) { return row[i]; });
  return text;
}

void Output::print(const Json &value) {
  const int indent = format_ == Format::kPretty ? 2 : -1;
  out_ << value.dump(indent, ' ', false, Json::error_handler_t::replace) << '\n';
}

void Output::print(const std::string &text) { out_ << text; }

std::string printable(const std::string &text) {
  std::string clean = text;
  std::replace_if(
      clean.begin(), clean.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return clean;
}

}  // namespace liteflow::lfctl
