// SPDX-License-Identifier: GPL-2.0
#include "daemon/lb/pretrain.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "codegen/error.h"
#include "daemon/lb/report.h"
#include "daemon/regression/test_pretrain.h"

namespace liteflow {
namespace {

TEST(LbPretrain, leaves_model_calibration_results_and_page) {
  const regression::Folder folder;
  ASSERT_EQ(pretrain_lb(regression::quick(lb_defaults(), folder, "a")), 0);
  EXPECT_GT(std::filesystem::file_size(folder / "a/lb.pt"), 1000U);
  std::istringstream rows(regression::contents(folder / "a/lb-calibration.csv"));
  int n = 0;
  for (std::string line; std::getline(rows, line); n++) ASSERT_EQ(std::count(line.begin(), line.end(), ','), 10) << n;
  EXPECT_EQ(n, 300);
  const auto j = nlohmann::json::parse(regression::contents(folder / "a/pretrain-lb.json"));
  EXPECT_EQ(j["candidates"].size(), 2U);
  const auto &uneven = j["test"]["uneven"]["choosers"];
  EXPECT_LE(uneven["perfect knowledge"]["slowdown_mean"], uneven["ECMP"]["slowdown_mean"]);
  EXPECT_NE(regression::contents(folder / "a/lb.md").find("| hot spot |"), std::string::npos);
}

TEST(LbPretrain, the_same_command_gives_the_same_bytes) {
  const regression::Folder folder;
  for (const char *name : {"a", "b"}) ASSERT_EQ(pretrain_lb(regression::quick(lb_defaults(), folder, name)), 0);
  regression::expect_same(folder, "lb");
}

TEST(LbPretrain, bad_options_are_refused) {
  LabelPretrainOptions o = lb_defaults();
  o.seeds = 0;
  EXPECT_THROW(pretrain_lb(o), Error);
}

}  // namespace
}  // namespace liteflow
