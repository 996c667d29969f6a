// SPDX-License-Identifier: GPL-2.0
// Metrics for Prometheus, as a file for node_exporter's textfile collector.
#pragma once

#include <initializer_list>
#include <map>
#include <string>
#include <utility>

namespace liteflow {

using Labels = std::map<std::string, std::string>;

class Metrics {
 public:
  // name without the prefix "liteflow_"; known names are in metrics.cpp.
  void add(const std::string &name, const Labels &labels, double value = 1);
  void set(const std::string &name, const Labels &labels, double value);
  double get(const std::string &name, const Labels &labels) const;

  std::string text() const;

 private:
  std::map<std::string, std::map<Labels, double>> series_;
};

// Writes a file whole or not at all: beside its place, then renamed into it.
// Throws Error naming the file.
void write_whole(const std::string &path, const std::string &text);

}  // namespace liteflow
