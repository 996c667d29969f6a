// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/net/lines.h"

#include <fmt/core.h>

#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <fstream>

namespace liteflow::sim {

Lines::Lines(const std::string &file, std::string_view separators) : separators_(separators), file_(file) {
  std::ifstream in(file, std::ios::binary | std::ios::ate);
  if (!in) throw Error(fmt::format("{}: {}", file, std::strerror(errno)));
  const std::streamoff size = in.tellg();
  text_.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  in.seekg(0);
  if (!in.read(text_.data(), static_cast<std::streamsize>(text_.size())))
    throw Error(fmt::format("{}: cannot be read", file));
}

bool Lines::next() {
  while (at_ < text_.size()) {
    std::size_t end = text_.find('\n', at_);
    if (end == std::string::npos) end = text_.size();
    rest_ = std::string_view(text_).substr(at_, end - at_);
    at_ = end + 1;
    line_++;
    if (rest_.find_first_not_of(separators_) != std::string_view::npos) return true;
  }
  rest_ = {};
  return false;
}

void Lines::need(std::string_view what) {
  if (!next()) throw Error(fmt::format("{}: ends before {}: it was cut off", file_, what));
}

std::string_view Lines::word() {
  const std::size_t begin = rest_.find_first_not_of(separators_);
  if (begin == std::string_view::npos) {
    rest_ = {};
    return {};
  }
  std::size_t end = rest_.find_first_of(separators_, begin);
  if (end == std::string_view::npos) end = rest_.size();
  const std::string_view word = rest_.substr(begin, end - begin);
  rest_.remove_prefix(end);
  return word;
}

std::string_view Lines::word(std::string_view what) {
  const std::string_view found = word();
  if (found.empty()) fail(fmt::format("no {}: a column is missing", what));
  return found;
}

template <typename T>
T Lines::number(std::string_view what, const char *kind) {
  const std::string_view text = word(what);
  T value{};
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  bool good = status == std::errc() && end == text.data() + text.size();
  if constexpr (std::floating_point<T>) good = good && std::isfinite(value);
  if (!good) fail(fmt::format("{} is '{}': give {}", what, text, kind));
  return value;
}

std::uint64_t Lines::whole(std::string_view what) { return number<std::uint64_t>(what, "a whole number, not below 0"); }
std::int64_t Lines::integer(std::string_view what) { return number<std::int64_t>(what, "a whole number"); }
double Lines::real(std::string_view what) { return number<double>(what, "a number"); }

void Lines::end() {
  const std::string_view more = word();
  if (!more.empty()) fail(fmt::format("'{}' is one column too many", more));
}

void Lines::fail(const std::string &message) const { throw Error(fmt::format("{}:{}: {}", file_, line_, message)); }

}  // namespace liteflow::sim
