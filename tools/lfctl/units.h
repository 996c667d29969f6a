// SPDX-License-Identifier: GPL-2.0
// Quantities with units, for people.
#pragma once

#include <cstdint>
#include <string>

namespace liteflow::lfctl {

std::string human_rate(std::uint64_t bytes_per_s);   // "94.3 Mbit/s"
std::string human_age(std::uint64_t ms);             // "850 ms" "12.3 s" "3m12s" "2h05m" "4d03h"
std::string human_us(std::uint64_t us);              // "850 us" "12.3 ms" "1.25 s"
std::string human_share(std::uint32_t thousandths);  // "10 %" "0.5 %"

// part of whole: "0 %", "< 0.1 %", "12.3 %"; "-" of nothing.
std::string human_percent(std::uint64_t part, std::uint64_t whole);

}  // namespace liteflow::lfctl
