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

double sum_of(const TrafficMatrix &matrix, auto wanted) {
  double sum = 0;
  for (std::size_t from = 0; from < matrix.racks(); from++)
    for (std::size_t to = 0; to < matrix.racks(); to++) sum += wanted(from, to) ? matrix.weight(from, to) : 0;
  return sum;
}

TEST(TrafficMatrix, IsHotOrLocalAsSaid) {
  const auto all = [](std::size_t, std::size_t) { return true; };
  const TrafficMatrix local = TrafficMatrix::named("local:1", 8);
  const auto within = [](std::size_t from, std::size_t to) { return from == to; };
  EXPECT_NEAR(sum_of(local, within) / sum_of(local, all), 0.7, 0.05);
  const TrafficMatrix hot = TrafficMatrix::named("hot:1", 8);
  // Of the 64 pairs the 36 that neither of two hot racks is of.
  std::size_t cold = 0;
  for (std::size_t from = 0; from < 8; from++)
    for (std::size_t to = 0; to < 8; to++) cold += hot.weight(from, to) < 0.01;
  EXPECT_EQ(cold, 36U);
}

constexpr const char *kPods = R"({"matrix": {"inner": [[0, 1, 0, 2], [3, 0, 0, 0], [0, 0, 0, 0], [4, 0, 0, 0]],
  "idx2name": ["a", "b", "c", "d"]}, "pod2tors": {"x": ["d", "a"], "y": ["c", "b"]}})";

TEST(TrafficMatrix, IsPlacedPodByPod) {
  const TestFile file(kPods);
  const TrafficMatrix matrix = TrafficMatrix::read(file.path());
  for (std::uint64_t seed = 1; seed < 20; seed++) {
    Rng rng(seed), same(seed);
    const TrafficMatrix placed = matrix.placed(rng), again = matrix.placed(same);
    // Between a and d, which are of one pod, go 2 and 4.
    const double within = placed.weight(0, 1) + placed.weight(1, 0) + placed.weight(2, 3) + placed.weight(3, 2);
    EXPECT_EQ(within, 6) << seed;
    EXPECT_EQ(sum_of(placed, [](std::size_t, std::size_t) { return true; }), 10);
    for (std::size_t i = 0; i < 16; i++) EXPECT_EQ(placed.weight(i / 4, i % 4), again.weight(i / 4, i % 4));
  }
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
  const std::string pods = kPods;
  const auto with = [&](const std::string &from, const std::string &to) {
    std::string text = pods;
    return refusal(text.replace(text.find(from), from.size(), to));
  };
  EXPECT_NE(with("\"c\", \"b\"]}", "\"c\"]}").find("is in no pod"), std::string::npos);
  EXPECT_NE(with("\"c\", \"b\"]}", "\"c\", \"e\"]}").find("rack 'e' is none of"), std::string::npos);
  EXPECT_NE(with("\"c\", \"b\"]}", "\"c\", \"a\"]}").find("or is there twice"), std::string::npos);
}

}  // namespace
}  // namespace liteflow::sim
