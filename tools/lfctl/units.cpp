// SPDX-License-Identifier: GPL-2.0
#include "tools/lfctl/units.h"

#include <fmt/format.h>

namespace liteflow::lfctl {

std::string human_rate(std::uint64_t bytes_per_s) {
  const double bits = static_cast<double>(bytes_per_s) * 8;
  if (bits < 1e3) return fmt::format("{} bit/s", bits);
  if (bits < 1e6) return fmt::format("{:.1f} kbit/s", bits / 1e3);
  if (bits < 1e9) return fmt::format("{:.1f} Mbit/s", bits / 1e6);
  return fmt::format("{:.2f} Gbit/s", bits / 1e9);
}

std::string human_age(std::uint64_t ms) {
  const std::uint64_t s = ms / 1000, minutes = s / 60, hours = minutes / 60;
  if (ms < 1000) return fmt::format("{} ms", ms);
  if (s < 60) return fmt::format("{}.{} s", s, ms % 1000 / 100);
  if (minutes < 60) return fmt::format("{}m{:02}s", minutes, s % 60);
  if (hours < 48) return fmt::format("{}h{:02}m", hours, minutes % 60);
  return fmt::format("{}d{:02}h", hours / 24, hours % 24);
}

std::string human_us(std::uint64_t us) {
  if (us < 1000) return fmt::format("{} us", us);
  if (us < 1000000) return fmt::format("{:.1f} ms", static_cast<double>(us) / 1e3);
  return fmt::format("{:.2f} s", static_cast<double>(us) / 1e6);
}

std::string human_share(std::uint32_t thousandths) {
  if (thousandths % 10 == 0) return fmt::format("{} %", thousandths / 10);
  return fmt::format("{}.{} %", thousandths / 10, thousandths % 10);
}

std::string human_percent(std::uint64_t part, std::uint64_t whole) {
  if (!whole) return "-";
  if (!part) return "0 %";
  const double percent = 100 * static_cast<double>(part) / static_cast<double>(whole);
  return percent < 0.1 ? "< 0.1 %" : fmt::format("{:.1f} %", percent);
}

}  // namespace liteflow::lfctl
