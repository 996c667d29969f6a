// SPDX-License-Identifier: GPL-2.0
// What a command prints: text for people, or JSON.
#pragma once

#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <vector>

namespace liteflow::lfctl {

using Json = nlohmann::ordered_json;

enum class Format { kHuman, kJson, kPretty };

// Columns as wide as their widest cell, two spaces apart.
class Table {
 public:
  enum class Align { kLeft, kRight };
  struct Column {
    std::string title;
    Align align = Align::kRight;
  };

  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  std::string text() const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

class Output {
 public:
  Output(std::ostream &out, Format format) : out_(out), format_(format) {}

  bool json() const { return format_ != Format::kHuman; }
  void print(const Json &value);        // a document, or a line of a stream
  void print(const std::string &text);  // as it is
  void flush() { out_.flush(); }

 private:
  std::ostream &out_;
  Format format_;
};

// Names come from elsewhere: what could upset a terminal becomes '?'.
std::string printable(const std::string &text);

}  // namespace liteflow::lfctl
