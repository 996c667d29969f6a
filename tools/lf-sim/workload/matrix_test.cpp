// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/workload/matrix.h"

#include <gtest/gtest.h>

#include "tools/lf-sim/net/test_file.h"

namespace liteflow::sim {
namespace {

TEST(TrafficMatrix, DrawsByWeight) {
  const TrafficMatrix matrix(2, {0, 3, 1, 0}, "a test");
  Rng rng(1);
  int first = 0;
  for (int i = 0; i < 10000; i++) {
    const auto [from, to] = matrix.draw(rng);
    ASSERT_NE(from, to);
    first += from == 0;
  }
  EXPECT_NEAR(first, 7500, 150);
}

TEST(TrafficMatrix, ASeedMakesOne) {
  const TrafficMatrix one = TrafficMatrix::named("skewed:3", 8), same = TrafficMatrix::skewed(8, 1, 3),
                      other = TrafficMatrix::skewed(8, 1, 4);
  Rng a(1), b(1), c(1);
  int unlike = 0;
  for (int i = 0; i < 100; i++) {
    const auto pair = one.draw(a);
    EXPECT_EQ(pair, same.draw(b));
    unlike += pair != other.draw(c);
  }
  EXPECT_GT(unlike, 50);
}

TEST(TrafficMatrix, ReadsThePublishedForm) {
  const TestFile file(R"({"matrix": {"inner": [[0, 5], [0, 0]]}})");
  Rng rng(1);
  EXPECT_EQ(TrafficMatrix::read(file.path()).draw(rng), std::pair(std::size_t{0}, std::size_t{1}));
}

std::string refusal(const std::string &text) {
  const TestFile file(text);
  return error_of(file, [&] { TrafficMatrix::named(file.path(), 2); });
}

TEST(TrafficMatrix, RefusesWhatIsNone) {
  EXPECT_NE(refusal("{").find("no traffic matrix"), std::string::npos);
  EXPECT_NE(refusal(R"({"matrix": {"inner": [[1, 2]]}})").find("not square"), std::string::npos);
  EXPECT_NE(refusal(R"({"matrix": {"inner": [[1, -2], [0, 0]]}})").find("row 1, column 2 is -2"), std::string::npos);
  EXPECT_NE(refusal(R"({"matrix": {"inner": [[0, 0], [0, 0]]}})").find("all weights are 0"), std::string::npos);
  EXPECT_NE(refusal(R"({"matrix": {"inner": [[1]]}})").find("a matrix of 1 racks"), std::string::npos);
  EXPECT_THROW(TrafficMatrix::named("skewed:x", 2), Error);
}

}  // namespace
}  // namespace liteflow::sim
