// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/net/completions.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "tools/lf-sim/net/summary.h"
#include "tools/lf-sim/net/test_file.h"

namespace liteflow::sim {
namespace {

const std::vector<Flow> kFlows{{7, 0, 258, 500, 0}, {8, 0, 258, 20000, 10}};

std::string refusal(const std::string &text) {
  const TestFile file(text);
  return error_of(file, [&] { read_completions(file.path(), kFlows); });
}

TEST(Completions, RoundTrip) {
  const TestFile file;
  write_completions(file.path(), kFlows, {{3000.4, 2000}, {50000, 20000}});
  EXPECT_EQ(file.text(),
            "7 0b000001 0b010201 10000 100 500 1000000000 3000 2000\n"
            "8 0b000001 0b010201 10001 100 20000 1000000010 50000 20000\n");
  const std::vector<Completion> read = read_completions(file.path(), kFlows);
  EXPECT_EQ(read[0].fct_ns, 3000);
  EXPECT_EQ(read[1].slowdown(), 2.5);
}

TEST(Completions, TheOlderFormatHasNoId) {
  const TestFile file("0b000001 0b010201 1 2 500 1 3000 2000\n0b000001 0b010201 1 2 20000 1 3000 2000\n");
  EXPECT_EQ(read_completions(file.path(), kFlows)[1].ideal_ns, 2000);
}

TEST(Completions, BadFilesNameTheLine) {
  const std::string good = "7 0b000001 0b010201 10000 100 500 1000000000 3000 2000\n";
  EXPECT_NE(refusal(good).find("ends before flow 2 of 2"), std::string::npos);
  EXPECT_NE(refusal("9" + good.substr(1)).find(":1: the id is 9, the flow's is 7"), std::string::npos);
  EXPECT_NE(refusal(good + "8 0b000001 0b010201 10000 100 500 1000000000 3000 2000\n").find(":2: the size is 500"),
            std::string::npos);
  EXPECT_NE(refusal("7 0b00000x 0b010201 10000 100 500 1 3000 2000\n").find("eight hexadecimal digits"),
            std::string::npos);
  EXPECT_NE(refusal("7 0b000001 0b010201 10000 100 500 1 -1 2000\n").find(":1: the completion time is -1"),
            std::string::npos);
}

TEST(Completions, SlowdownIsAtLeastOne) { EXPECT_EQ((Completion{1000, 2000}).slowdown(), 1); }

TEST(Percentiles, AreLinearBetweenValues) {
  EXPECT_EQ(percentile({1, 2, 3}, 50), 2);
  EXPECT_EQ(percentile({1, 2, 3}, 75), 2.5);
  EXPECT_EQ(percentile({1, 2, 3}, 100), 3);
  EXPECT_EQ(percentile({4}, 1), 4);
  EXPECT_THROW(percentile({}, 50), Error);
}

TEST(Percentiles, StandByClass) {
  EXPECT_EQ(size_class(999), 0U);
  EXPECT_EQ(size_class(1000), 1U);
  EXPECT_EQ(size_class(49999), 2U);
  EXPECT_EQ(size_class(50000), 3U);
  const auto table = percentiles(kFlows, {{3000, 1000}, {5000, 1000}});
  ASSERT_EQ(table.size(), 5U);
  EXPECT_EQ(table[0].at(98), 3);
  EXPECT_TRUE(table[1].empty());
  EXPECT_EQ(table[2].at(0), 5);
  EXPECT_NEAR(table[4].at(49), 4, 1e-12);
}

TEST(Summary, LeavesEmptyClassesOut) {
  const nlohmann::json result = summary({{"seed", 1}}, kFlows, {{3000, 1000}, {5000, 1000}});
  EXPECT_EQ(result["figures"].size(), 3U);
  EXPECT_EQ(result["figures"]["all"]["mean"], 4.0);
  EXPECT_EQ(result["parameters"]["seed"], 1);
}

TEST(Summary, ARunIsThreeFiles) {
  const TestFile place;
  const std::string directory = place.path() + "-run";
  write_run(directory, kFlows, {{3000, 1000}, {5000, 1000}}, {{"seed", 1}}, {{"seconds", 2}});
  for (const char *name : {"fct.txt", "percentiles.csv", "summary.json"})
    EXPECT_TRUE(std::filesystem::exists(directory + "/" + name)) << name;
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace liteflow::sim
