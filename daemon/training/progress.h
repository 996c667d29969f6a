// SPDX-License-Identifier: GPL-2.0
// Progress of long work on stderr: a bar that redraws itself on a terminal, a
// plain line every ten seconds elsewhere.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace liteflow {

class Progress {
 public:
  // unit: what is counted, e.g. "decisions".
  Progress(std::string title, std::string unit, std::uint64_t total);
  void show(std::uint64_t done);
  void finish(std::uint64_t done);

 private:
  std::string text(std::uint64_t done) const;
  double elapsed() const;

  std::string title_, unit_;
  std::uint64_t total_;
  std::chrono::steady_clock::time_point start_, last_;
  bool terminal_;
};

}  // namespace liteflow
