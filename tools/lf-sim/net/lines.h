// SPDX-License-Identifier: GPL-2.0
// Lines: a text file's words, line by line; what is wrong with one is told with file and line.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "codegen/error.h"

namespace liteflow::sim {

class Lines {
 public:
  // Reads all of it; Error if it can't be read. Words stand between any of the separators, which may be repeated.
  explicit Lines(const std::string &file, std::string_view separators = kBlanks);
  static constexpr std::string_view kBlanks = " \t\r\v\f", kBlanksAndCommas = ", \t\r\v\f";

  // The next line that is not blank; false at the end.
  bool next();
  // The next line, or an Error that says what is missing.
  void need(std::string_view what);

  // The next word of the line; empty at its end.
  std::string_view word();
  // Error unless the line has one more word. `what` names the column.
  std::string_view word(std::string_view what);
  // All of a word must be a number of the type, which for floating point is finite.
  std::uint64_t whole(std::string_view what);
  std::int64_t integer(std::string_view what);
  double real(std::string_view what);
  // What is left of the line; whether that is nothing.
  std::string_view rest() const { return rest_; }
  bool at_end() const { return rest_.find_first_not_of(separators_) == std::string_view::npos; }
  // Error if words are left.
  void end();

  // "FILE:LINE: message".
  [[noreturn]] void fail(const std::string &message) const;
  const std::string &file() const { return file_; }

 private:
  template <typename T>
  T number(std::string_view what, const char *kind);

  std::string_view separators_;
  std::string file_, text_;
  std::size_t at_ = 0;     // of the next line in the text
  std::size_t line_ = 0;   // from 1
  std::string_view rest_;  // of the line
};

}  // namespace liteflow::sim
