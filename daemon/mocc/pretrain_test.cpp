// SPDX-License-Identifier: GPL-2.0
#include "daemon/mocc/pretrain.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <nlohmann/json.hpp>

#include "codegen/error.h"

namespace liteflow {
namespace {

namespace fs = std::filesystem;

std::string read(const fs::path &path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

PretrainOptions quick(const fs::path &folder) {
  PretrainOptions o = mocc_defaults();
  o.output = folder / "mocc.pt";
  o.results_dir = folder;
  o.seeds = 1;
  o.steps = 8192;
  o.quick = true;
  return o;
}

TEST(PretrainMocc, writes_model_calibration_and_curves_of_objectives_again_and_again) {
  const fs::path folder = fs::temp_directory_path() / ("lf-pretrain-mocc-test-" + std::to_string(getpid()));
  ASSERT_EQ(pretrain_mocc(quick(folder / "a")), 0);
  ASSERT_EQ(pretrain_mocc(quick(folder / "b")), 0);
  EXPECT_EQ(read(folder / "a/mocc.pt"), read(folder / "b/mocc.pt"));
  std::istringstream rows(read(folder / "a/mocc-calibration.csv"));
  int count = 0;
  for (std::string line; std::getline(rows, line); count++)
    ASSERT_EQ(std::count(line.begin(), line.end(), ','), 32) << "row " << count;
  EXPECT_GE(count, 100);
  const auto j = nlohmann::json::parse(read(folder / "a/pretrain-mocc.json"));
  EXPECT_EQ(j["parameters"]["objectives"], 36);
  const auto &curve = j["seeds"][0]["curve"];
  EXPECT_GE(curve["objectives"].size(), 3U);
  EXPECT_EQ(curve["objectives"][0]["decisions"].size(), curve["objectives"][0]["reward"].size());
  for (const char *name : {"throughput", "latency", "loss"}) {
    EXPECT_TRUE(j["seeds"][0]["validation"].contains(name));
    EXPECT_TRUE(j["test"].contains(std::string("network, ") + name));
  }
  fs::remove_all(folder);
}

TEST(PretrainMocc, bad_options_are_refused_by_its_name) {
  PretrainOptions o = mocc_defaults();
  o.seeds = 0;
  try {
    pretrain_mocc(o);
    FAIL();
  } catch (const Error &e) {
    EXPECT_NE(std::string(e.what()).find("pretrain mocc: --seeds"), std::string::npos);
  }
}

}  // namespace
}  // namespace liteflow
