// SPDX-License-Identifier: GPL-2.0
#include "daemon/sched/pretrain.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "codegen/error.h"
#include "daemon/regression/test_pretrain.h"
#include "daemon/sched/records.h"
#include "daemon/sched/report.h"

namespace liteflow {
namespace {

using regression::contents;
using regression::Folder;
using regression::quick;

TEST(SchedPretrain, leaves_model_calibration_results_and_page) {
  const Folder folder;
  ASSERT_EQ(pretrain_sched(quick(sched_defaults(), folder, "a")), 0);
  EXPECT_GT(std::filesystem::file_size(folder / "a/sched.pt"), 1000U);
  std::istringstream rows(contents(folder / "a/sched-calibration.csv"));
  int n = 0;
  for (std::string line; std::getline(rows, line); n++) ASSERT_EQ(std::count(line.begin(), line.end(), ','), 15) << n;
  EXPECT_EQ(n, 500);
  const auto j = nlohmann::json::parse(contents(folder / "a/pretrain-sched.json"));
  EXPECT_TRUE(j["control_holds"].get<bool>());
  EXPECT_EQ(j["candidates"].size(), 2U);
  EXPECT_TRUE(j["test"]["RPC"]["predictors"].contains("last size"));
  EXPECT_TRUE(j["meta"].contains("wall_seconds"));
  EXPECT_NE(contents(folder / "a/sched.md").find("| all-reduce |"), std::string::npos);
}

TEST(SchedPretrain, the_same_command_gives_the_same_bytes) {
  const Folder folder;
  for (const char *name : {"a", "b"}) ASSERT_EQ(pretrain_sched(quick(sched_defaults(), folder, name)), 0);
  regression::expect_same(folder, "sched");
}

TEST(SchedPretrain, bad_options_are_refused) {
  LabelPretrainOptions o = sched_defaults();
  o.seeds = 0;
  EXPECT_THROW(pretrain_sched(o), Error);
  o = sched_defaults();
  o.output.clear();
  EXPECT_THROW(pretrain_sched(o), Error);
}

using namespace sched;

std::vector<lf_sched_record> flows_of_sizes(const std::vector<std::uint64_t> &sizes) {
  std::vector<lf_sched_record> flows(sizes.size());
  for (std::size_t i = 0; i < sizes.size(); i++) {
    flows[i].bytes = sizes[i];
    flows[i].pair = static_cast<std::uint32_t>(i % 2);
  }
  return flows;
}

TEST(Evaluation, scores_and_bands_equal_those_by_hand) {
  const auto flows = flows_of_sizes({1000, 50'000, 200'000});
  const Prediction exact{{1000, 50'000, 200'000}, {label_of(1000), label_of(50'000), label_of(200'000)}};
  EXPECT_DOUBLE_EQ(score(exact, flows).r2, 1);
  EXPECT_DOUBLE_EQ(score(exact, flows).log_r2, 1);
  const double mean = 251'000 / 3.0;
  EXPECT_NEAR(score({{mean, mean, mean}, {0, 0, 0}}, flows).r2, 0, 1e-12);
  Confusion c{};
  const Prediction low{{1000, 5000, 200'000}, {}};
  tally(c, low, flows);
  EXPECT_EQ(c[0][0], 1U);
  EXPECT_EQ(c[2][0], 1U);
  EXPECT_EQ(c[3][3], 1U);
  EXPECT_NEAR(share_right(c), 2 / 3.0, 1e-12);
}

TEST(Predictors, the_table_and_the_line_know_what_they_were_fitted_on) {
  auto earlier = flows_of_sizes({1000, 50'000, 1000, 50'000}), later = flows_of_sizes({900, 60'000});
  for (auto *flows : {&earlier, &later})
    for (lf_sched_record &f : *flows) f.state[LF_SCHED_QUEUED] = lf_log2(f.bytes);
  for (const auto &[name, p] : simple_predictions(earlier, later)) {
    if (name == kTable) {
      EXPECT_DOUBLE_EQ(p.bytes[0], 1000);
      EXPECT_DOUBLE_EQ(p.bytes[1], 50'000);
    }
    if (name == "line through the first bytes") {
      EXPECT_NEAR(p.bytes[1], 60'000, 1000);
    }
    if (name == "last size") {
      EXPECT_DOUBLE_EQ(p.bytes[0], 25'500);  // nothing is known of the pair
    }
  }
}

}  // namespace
}  // namespace liteflow
