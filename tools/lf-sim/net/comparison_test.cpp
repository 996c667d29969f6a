// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/net/comparison.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "codegen/error.h"
#include "tools/lf-sim/net/summary.h"
#include "tools/lf-sim/net/test_file.h"

namespace liteflow::sim {
namespace {

const std::vector<Flow> kFlows{{0, 0, 1, 500, 0}, {1, 0, 1, 500, 5}, {2, 0, 1, 90000, 10}};

Answer answer_of(const std::vector<double> &slowdowns) {
  Answer answer{.name = "a", .flows = Completed{kFlows, {}}, .percentiles = {}};
  for (const double slowdown : slowdowns) answer.flows->completions.push_back({1000 * slowdown, 1000});
  answer.percentiles = percentiles(kFlows, answer.flows->completions);
  return answer;
}

TEST(Comparison, ErrorsAreRelativeToTheTruth) {
  std::vector<double> errors;
  const std::vector<Comparison> all = compare(answer_of({2, 4, 10}), answer_of({3, 3, 5}), &errors);
  EXPECT_EQ(all[0].flows, 2U);
  EXPECT_DOUBLE_EQ(all[0].by_flow->mean, (0.5 + 0.25) / 2);
  EXPECT_DOUBLE_EQ(all[0].by_flow->bias, (0.5 - 0.25) / 2);
  EXPECT_EQ(all[1].flows, 0U);
  EXPECT_DOUBLE_EQ(all[3].p99_error(), -0.5);
  EXPECT_DOUBLE_EQ(all[kSizeClasses].by_flow->mean, (0.5 + 0.25 + 0.5) / 3);
  EXPECT_EQ(errors, (std::vector{0.25, 0.5, 0.5}));
}

TEST(Comparison, WithoutSingleFlowsPercentilesAreLeft) {
  Answer estimate = answer_of({2, 4, 10});
  estimate.flows.reset();
  std::vector<double> errors{1};
  const std::vector<Comparison> all = compare(answer_of({2, 4, 5}), estimate, &errors);
  EXPECT_FALSE(all[3].by_flow);
  EXPECT_DOUBLE_EQ(all[3].p99_error(), 1);
  EXPECT_TRUE(errors.empty());
  const nlohmann::json json = json_of(all);
  EXPECT_EQ(json["from_50000"]["p99"], (nlohmann::json{5.0, 10.0}));
  EXPECT_FALSE(json["all"].contains("bias"));
  EXPECT_FALSE(json.contains("below_10000"));
  EXPECT_THROW(compare(estimate, answer_of({2, 4, 5})), Error);
}

TEST(Comparison, OnlyOfTheSameFlows) {
  Answer other = answer_of({1, 1, 1});
  other.flows->flows[1].bytes++;
  EXPECT_THROW(compare(answer_of({1, 1, 1}), other), Error);
}

TEST(Comparison, ReadsWhatARunHasWritten) {
  const TestFile directory;
  std::filesystem::remove(directory.path());
  const std::vector<Completion> completions{{2000, 1000}, {4000, 1000}, {9000, 1000}};
  write_run(directory.path(), kFlows, completions, {}, {});
  const Answer whole = read_answer(directory.path() + "/");
  ASSERT_TRUE(whole.flows);
  EXPECT_EQ(whole.flows->flows[2].bytes, 90000U);
  EXPECT_EQ(whole.flows->flows[1].start_ns, 5);
  EXPECT_EQ(whole.flows->completions[2].fct_ns, 9000);
  std::filesystem::remove(directory.path() + "/fct.txt");
  const Answer table = read_answer(directory.path());
  EXPECT_FALSE(table.flows);
  for (std::size_t row = 0; row <= kSizeClasses; row++) {
    ASSERT_EQ(table.percentiles[row].size(), whole.percentiles[row].size());
    for (std::size_t i = 0; i < table.percentiles[row].size(); i++)
      EXPECT_NEAR(table.percentiles[row][i], whole.percentiles[row][i], 1e-5 * whole.percentiles[row][i]);
  }
}

TEST(Comparison, BadTablesNameTheLine) {
  const auto refusal = [](const std::string &text) {
    const TestFile file(text);
    return error_of(file, [&] { read_percentiles(file.path()); });
  };
  std::string hundred;
  for (int i = 0; i < 100; i++) hundred += ",1";
  EXPECT_NE(refusal("none" + hundred + "\n").find(":1: 'none' is no class"), std::string::npos);
  EXPECT_NE(refusal("all,1,2\n").find(":1: no percentile 3"), std::string::npos);
  EXPECT_NE(refusal("all" + hundred + "\nall" + hundred + "\n").find(":2: 'all' stands here twice"),
            std::string::npos);
  EXPECT_NE(refusal("below_1000" + hundred + "\n").find("no line \"all\""), std::string::npos);
}

}  // namespace
}  // namespace liteflow::sim
