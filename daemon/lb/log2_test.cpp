// SPDX-License-Identifier: GPL-2.0
// The kernel's logarithms and powers, as their headers promise them.
#include <gtest/gtest.h>
#include <liteflow/lb.h>

#include <cmath>
#include <cstdint>
#include <limits>

namespace liteflow::lb {
namespace {

constexpr double one = 65536;
constexpr std::uint64_t limit = std::uint64_t{1} << 40;

double log2_of(std::uint64_t x) { return lf_log2(x) / one; }
double exp2_of(std::uint32_t x) { return lf_exp2_neg(x) / one; }

// Every small number, then about a thousand to each power of two.
template <typename Check>
void for_each_size(Check check) {
  for (std::uint64_t x = 0; x < limit; x += 1 + x / 1000) check(x);
}

TEST(Log2, is_close) {
  for_each_size([](std::uint64_t x) { ASSERT_LT(std::abs(log2_of(x) - std::log2(1.0 + double(x))), 0.01) << x; });
}

TEST(Log2, is_monotonic) {
  std::int32_t last = 0;
  for_each_size([&](std::uint64_t x) {
    ASSERT_GE(lf_log2(x), last) << x;
    last = lf_log2(x);
  });
  for (std::uint64_t power = 2; power <= limit; power *= 2)
    for (std::uint64_t x = power - 2; x < power + 2; x++) EXPECT_LE(lf_log2(x), lf_log2(x + 1)) << x;
}

TEST(Log2, is_exact_below_powers_of_two) {
  for (int n = 0; n <= 40; n++) EXPECT_EQ(log2_of((std::uint64_t{1} << n) - 1), n);
}

TEST(Log2, ends_at_its_maximum) {
  EXPECT_EQ(lf_log2(0), 0);
  EXPECT_EQ(lf_log2(1), 65536);
  EXPECT_NEAR(log2_of(std::uint64_t{1} << 32), 32, 1 / one);
  EXPECT_LE(lf_log2(limit - 2), LF_LOG2_MAX);
  for (std::uint64_t x : {limit - 1, limit, std::uint64_t{1} << 63, std::numeric_limits<std::uint64_t>::max()})
    EXPECT_EQ(lf_log2(x), LF_LOG2_MAX) << x;
}

TEST(Exp2Neg, is_close) {
  for (std::uint32_t x = 0; x < 18 * 65536; x++) {
    const double wanted = std::exp2(-double(x) / one);
    ASSERT_LE(std::abs(exp2_of(x) - wanted), 0.003 * wanted + 1 / one) << x;
  }
}

TEST(Exp2Neg, falls_monotonically) {
  for (std::uint32_t x = 0; x < 18 * 65536; x++) ASSERT_GE(lf_exp2_neg(x), lf_exp2_neg(x + 1)) << x;
}

TEST(Exp2Neg, ends_at_nothing) {
  EXPECT_EQ(lf_exp2_neg(0), 65536U);
  EXPECT_EQ(lf_exp2_neg(1 << 16), 32768U);
  EXPECT_EQ(lf_exp2_neg(16 << 16), 1U);
  EXPECT_EQ(lf_exp2_neg(17 << 16), 0U);
  EXPECT_EQ(lf_exp2_neg(std::numeric_limits<std::uint32_t>::max()), 0U);
}

}  // namespace
}  // namespace liteflow::lb
