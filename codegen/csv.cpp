// SPDX-License-Identifier: GPL-2.0
#include "codegen/csv.h"

#include <fmt/format.h>

#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <fstream>
#include <string_view>

#include "codegen/error.h"

namespace liteflow::codegen {
namespace {

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

double parse_field(std::string_view text, const std::string &where) {
  text = trim(text);
  if (text.empty()) throw Error(fmt::format("{}: empty field; write a number", where));
  if (text.front() == '+') text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    throw Error(fmt::format("{}: '{}' is not a number; the file has no header and no quotes", where,
                            text.substr(0, 40)));
  if (!std::isfinite(value))
    throw Error(fmt::format("{}: {} is not finite; remove the row", where, text));
  return value;
}

std::size_t parse_line(std::string_view line, const std::string &where, std::vector<double> &out) {
  std::size_t fields = 0;
  while (true) {
    const auto comma = line.find(',');
    ++fields;
    out.push_back(parse_field(line.substr(0, comma), fmt::format("{}: field {}", where, fields)));
    if (comma == std::string_view::npos) return fields;
    line.remove_prefix(comma + 1);
  }
}

}  // namespace

Matrix read_csv(const std::string &path, std::size_t columns) {
  std::ifstream file(path);
  if (!file) throw Error(fmt::format("{}: {}", path, std::strerror(errno)));
  Matrix matrix;
  matrix.columns = columns;
  std::string line;
  std::size_t number = 0, blank = 0;
  while (std::getline(file, line)) {
    ++number;
    if (trim(line).empty()) {
      if (!blank) blank = number;
      continue;
    }
    if (blank) throw Error(fmt::format("{}:{}: empty line between rows; remove it", path, blank));
    const std::size_t fields =
        parse_line(line, fmt::format("{}:{}", path, number), matrix.values);
    if (!matrix.columns) matrix.columns = fields;
    if (fields != matrix.columns)
      throw Error(fmt::format("{}:{}: {} fields where {} are needed", path, number, fields,
                              matrix.columns));
    ++matrix.rows;
  }
  if (file.bad()) throw Error(fmt::format("{}: read error: {}", path, std::strerror(errno)));
  if (!matrix.rows)
    throw Error(fmt::format("{}: no rows; give one record per line, comma-separated", path));
  return matrix;
}

}  // namespace liteflow::codegen
