// SPDX-License-Identifier: GPL-2.0
#include "tests/bench/figures.h"

#include <gtest/gtest.h>

#include <limits>

#include "codegen/error.h"

namespace liteflow::bench {
namespace {

using nlohmann::json;

TEST(Percentile, InterpolatesBetweenRanks) {
  EXPECT_DOUBLE_EQ(percentile({3, 1, 2}, 50), 2);
  EXPECT_DOUBLE_EQ(percentile({4, 1, 3, 2}, 50), 2.5);
  EXPECT_DOUBLE_EQ(percentile({0, 10}, 90), 9);
  EXPECT_DOUBLE_EQ(percentile({7}, 99), 7);
}

TEST(Percentile, EndsAreTheExtremes) {
  const std::vector<double> values = {5, -1, 9, 3};
  EXPECT_DOUBLE_EQ(percentile(values, 0), -1);
  EXPECT_DOUBLE_EQ(percentile(values, 100), 9);
  EXPECT_DOUBLE_EQ(percentile(values, 250), 9);
}

TEST(Percentile, OfNothingIsRefused) { EXPECT_THROW(percentile({}, 50), Error); }

TEST(SpreadOf, HoldsCountAndOrder) {
  std::vector<double> values;
  for (int i = 100; i >= 0; --i) values.push_back(i);
  EXPECT_EQ(spread(values), json::parse(R"({"n": 101, "min": 0.0, "p10": 10.0, "median": 50.0,
                                            "p90": 90.0, "p99": 99.0, "max": 100.0})"));
}

TEST(SpreadOf, IsRounded) {
  EXPECT_DOUBLE_EQ(spread({1.0 / 3})["median"].get<double>(), 0.3);
  EXPECT_DOUBLE_EQ(spread({1.0 / 3}, 3)["median"].get<double>(), 0.333);
}

json good() { return make_result("bench-x", {{"rows", 3}}, {{"bytes", 12}}, {{"times", {1.5}}}); }

TEST(Result, HasItsMembersAndTheHost) {
  const json result = good();
  EXPECT_NO_THROW(check_result(result));
  EXPECT_FALSE(result["meta"]["host"]["cpu"].get<std::string>().empty());
  EXPECT_EQ(result["meta"]["host"]["load"].size(), 3U);
}

TEST(Result, WithoutAMemberIsRefused) {
  for (const char *member : {"name", "parameters", "figures", "meta"}) {
    json result = good();
    result.erase(member);
    EXPECT_THROW(check_result(result), Error) << member;
  }
}

TEST(Result, WithoutANumberIsRefused) {
  for (const double bad : {std::numeric_limits<double>::quiet_NaN(),
                           std::numeric_limits<double>::infinity()}) {
    json result = good();
    result["figures"]["deep"] = {{"list", {1.0, bad}}};
    EXPECT_THROW(check_result(result), Error);
  }
  json result = good();
  result["figures"]["bytes"] = nullptr;
  EXPECT_THROW(check_result(result), Error);
}

TEST(Result, SurvivesItsFile) {
  const std::string path = testing::TempDir() + "figures_test.json";
  write_result(path, good());
  EXPECT_EQ(read_result(path)["figures"], good()["figures"]);
  EXPECT_THROW(read_result(path + ".none"), Error);
}

}  // namespace
}  // namespace liteflow::bench
