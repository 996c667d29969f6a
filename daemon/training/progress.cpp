// SPDX-License-Identifier: GPL-2.0
#include "daemon/training/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include <fmt/format.h>

namespace liteflow {
namespace {

constexpr int kBar = 24;
constexpr auto kLineEvery = std::chrono::seconds(10);

std::string clock_text(double seconds) {
  const auto s = static_cast<long>(seconds + 0.5);
  return fmt::format("{}:{:02}", s / 60, s % 60);
}

}  // namespace

Progress::Progress(std::string title, std::string unit, std::uint64_t total)
    : title_(std::move(title)), unit_(std::move(unit)), total_(std::max<std::uint64_t>(total, 1)),
      start_(std::chrono::steady_clock::now()), last_(start_), terminal_(isatty(STDERR_FILENO)) {}

double Progress::elapsed() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
}

std::string Progress::text(std::uint64_t done) const {
  const double share = std::min(1.0, static_cast<double>(done) / static_cast<double>(total_));
  const double seconds = std::max(elapsed(), 1e-3);
  const double rate = static_cast<double>(done) / seconds;
  const std::string eta = done ? clock_text(seconds * (1 - share) / std::max(share, 1e-9)) : "-:--";
  return fmt::format("{} {:3.0f} %  {:.0f} {}/s  elapsed {}  left {}", title_, 100 * share, rate, unit_,
                     clock_text(seconds), eta);
}

void Progress::show(std::uint64_t done) {
  const auto now = std::chrono::steady_clock::now();
  if (!terminal_) {
    if (now - last_ < kLineEvery) return;
    last_ = now;
    fmt::print(stderr, "{}\n", text(done));
    return;
  }
  const auto filled = static_cast<std::size_t>(
      std::min<std::uint64_t>(kBar, done * static_cast<std::uint64_t>(kBar) / total_));
  const std::string bar = std::string(filled, '#') + std::string(kBar - filled, '.');
  fmt::print(stderr, "\r\033[K[{}] {}", bar, text(done));
  std::fflush(stderr);
}

void Progress::finish(std::uint64_t done) {
  if (terminal_) fmt::print(stderr, "\r\033[K");
  fmt::print(stderr, "{}\n", text(done));
}

}  // namespace liteflow
