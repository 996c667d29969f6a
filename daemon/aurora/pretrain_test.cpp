// SPDX-License-Identifier: GPL-2.0
#include "daemon/aurora/pretrain.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <nlohmann/json.hpp>

#include "codegen/error.h"
#include "daemon/aurora/report.h"
#include "daemon/aurora/train.h"
#include "daemon/training/blas.h"
#include "daemon/training/file.h"

namespace liteflow {
namespace {

namespace fs = std::filesystem;

class Folder {
 public:
  Folder() : path_(fs::temp_directory_path() / ("lf-pretrain-test-" + std::to_string(getpid()))) {
    fs::create_directories(path_);
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  std::string operator/(const std::string &name) const { return (path_ / name).string(); }

 private:
  fs::path path_;
};

std::string read(const std::string &path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

PretrainOptions quick(const Folder &folder, const std::string &name) {
  PretrainOptions o;
  o.output = folder / name + "/aurora.pt";
  o.results_dir = folder / name;
  o.seeds = 2;
  o.steps = 8192;
  o.quick = true;
  return o;
}

TEST(Pretrain, writes_model_calibration_and_results) {
  const Folder folder;
  ASSERT_EQ(pretrain_aurora(quick(folder, "a")), 0);
  EXPECT_GT(fs::file_size(folder / "a/aurora.pt"), 1000U);
  std::istringstream rows(read(folder / "a/aurora-calibration.csv"));
  int count = 0;
  for (std::string line; std::getline(rows, line); count++)
    ASSERT_EQ(std::count(line.begin(), line.end(), ','), 29) << "row " << count;
  EXPECT_GE(count, 100);
  const auto j = nlohmann::json::parse(read(folder / "a/pretrain-aurora.json"));
  EXPECT_EQ(j["seeds"].size(), 2U);
  EXPECT_TRUE(j["test"].contains("network"));
  EXPECT_TRUE(j["test"]["cubic-like"].contains("lossy"));
  EXPECT_GT(j["test"]["network"]["shared"]["jain"], 0.25);
  EXPECT_TRUE(j["meta"].contains("blas_core"));
  for (const auto &entry : fs::directory_iterator(folder / "a"))
    EXPECT_EQ(entry.path().string().find(".tmp"), std::string::npos) << entry.path();
}

TEST(Pretrain, the_same_seeds_give_the_same_bytes) {
  const Folder folder;
  PretrainOptions one = quick(folder, "a"), two = quick(folder, "b");
  two.jobs = 1;
  pretrain_aurora(one);
  pretrain_aurora(two);
  EXPECT_EQ(read(one.output), read(two.output));
  auto a = nlohmann::json::parse(read(folder / "a/pretrain-aurora.json"));
  auto b = nlohmann::json::parse(read(folder / "b/pretrain-aurora.json"));
  a.erase("meta");
  b.erase("meta");
  EXPECT_EQ(a, b);
}

TEST(Pretrain, bad_options_are_refused) {
  const Folder folder;
  PretrainOptions o = quick(folder, "a");
  o.seeds = 0;
  EXPECT_THROW(pretrain_aurora(o), Error);
  o = quick(folder, "a");
  o.reward = "best";
  EXPECT_THROW(pretrain_aurora(o), Error);
}

TEST(Report, files_are_written_whole_or_refused) {
  const Folder folder;
  write_file(folder / "x/y/file", "one");
  write_file(folder / "x/y/file", "two");
  EXPECT_EQ(read(folder / "x/y/file"), "two");
  EXPECT_THROW(write_file(folder / "x/y/file/z", "three"), Error);
}

TEST(Report, the_worst_scenario_counts_in_the_score) {
  aurora::Validation even, uneven;
  even["a"].mean.reward = even["a"].worst_reward = 0.8;
  uneven["a"].mean.reward = 0.8;
  uneven["a"].worst_reward = 0.2;
  EXPECT_NEAR(aurora::score(even), 0.8, 1e-12);
  EXPECT_NEAR(aurora::score(uneven), 0.6, 1e-12);
  uneven["b"] = even["a"];
  EXPECT_NEAR(aurora::score(uneven), 0.7, 1e-12);
}

TEST(Train, advantages_equal_those_by_hand) {
  // discount 0.5, lambda 0.5; the value behind the last step counts.
  float advantage[2], target[2];
  aurora::advantages({1, 2}, {0.3, 0.4, 0.8}, 0.5, 0.5, advantage, target);
  const double second = 0.5 * 2 + 0.5 * 0.8 - 0.4, first = 0.5 * 1 + 0.5 * 0.4 - 0.3;
  EXPECT_NEAR(advantage[1], second, 1e-6);
  EXPECT_NEAR(advantage[0], first + 0.25 * second, 1e-6);
  EXPECT_NEAR(target[0], advantage[0] + 0.3, 1e-6);
}

TEST(Blas, the_core_follows_the_cpu) {
  EXPECT_EQ(blas_core_for("fpu sse2"), "");
  EXPECT_EQ(blas_core_for("fpu avx2 fma"), "Haswell");
  EXPECT_EQ(blas_core_for("avx2 fma avx512f avx512cd"), "Haswell");
  EXPECT_EQ(blas_core_for("avx2 fma avx512f avx512dq avx512bw avx512vl"), "SkylakeX");
  EXPECT_FALSE(blas_core().empty());
}

}  // namespace
}  // namespace liteflow
