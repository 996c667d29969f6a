// SPDX-License-Identifier: GPL-2.0
#include "tools/lfctl/units.h"

#include <gtest/gtest.h>

namespace liteflow::lfctl {
namespace {

TEST(Units, Rates) {
  EXPECT_EQ(human_rate(0), "0 bit/s");
  EXPECT_EQ(human_rate(124), "992 bit/s");
  EXPECT_EQ(human_rate(1250), "10.0 kbit/s");
  EXPECT_EQ(human_rate(11787500), "94.3 Mbit/s");
  EXPECT_EQ(human_rate(1250000000), "10.00 Gbit/s");
}

TEST(Units, Ages) {
  EXPECT_EQ(human_age(850), "850 ms");
  EXPECT_EQ(human_age(12399), "12.3 s");
  EXPECT_EQ(human_age(192000), "3m12s");
  EXPECT_EQ(human_age((2 * 60 + 5) * 60000), "2h05m");
  EXPECT_EQ(human_age(99ull * 3600 * 1000), "4d03h");
}

TEST(Units, Times) {
  EXPECT_EQ(human_us(999), "999 us");
  EXPECT_EQ(human_us(12345), "12.3 ms");
  EXPECT_EQ(human_us(1250000), "1.25 s");
}

TEST(Units, Shares) {
  EXPECT_EQ(human_share(0), "0 %");
  EXPECT_EQ(human_share(5), "0.5 %");
  EXPECT_EQ(human_share(1000), "100 %");
  EXPECT_EQ(human_percent(0, 0), "-");
  EXPECT_EQ(human_percent(0, 5), "0 %");
  EXPECT_EQ(human_percent(1, 100000), "< 0.1 %");
  EXPECT_EQ(human_percent(1, 8), "12.5 %");
}

}  // namespace
}  // namespace liteflow::lfctl
