// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/m3/published.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include <fmt/format.h>

#include "codegen/error.h"

namespace liteflow::sim::m3 {
namespace {

// With LF_SIM_PUBLISHED=FOLDER, the folder of m3's demo paths.
TEST(Published, every_value_is_equal) {
  const char *folder = std::getenv("LF_SIM_PUBLISHED");
  if (!folder) GTEST_SKIP() << "set LF_SIM_PUBLISHED to the folder of m3's demo paths";
  for (const std::string &path : published_folders(folder)) {
    const PublishedPath published = read_published(path);
    const PublishedCheck check = check_published(published);
    EXPECT_GT(check.flowsim.values, 0U) << path;
    EXPECT_EQ(check.flowsim.equal, check.flowsim.values) << path;
    EXPECT_EQ(check.maps.values, published.lot.nodes() * kMap) << path;
    EXPECT_EQ(check.maps.equal, check.maps.values) << path;
    EXPECT_EQ(check.targets.values, kOutputs) << path;
    EXPECT_EQ(check.targets.equal, check.targets.values) << path;
    EXPECT_EQ(check.parameters.values, size_of(Layout::published)) << path;
    EXPECT_EQ(check.parameters.equal, check.parameters.values) << path;
    const Record record = record_of(published);
    Rng rng(1);
    EXPECT_EQ(sample_of(record, {}, rng).features.maps, published.maps);
  }
}

TEST(Published, a_folder_without_paths_is_told) {
  namespace fs = std::filesystem;
  const fs::path folder = fs::temp_directory_path() / fmt::format("m3-published-{}", getpid());
  EXPECT_THROW(published_folders(folder.string()), Error);
  EXPECT_THROW(read_published(folder.string()), Error);
  fs::create_directories(folder / "path");
  EXPECT_THROW(published_folders(folder.string()), Error);
  EXPECT_THROW(read_published((folder / "path").string()), Error);
  fs::remove_all(folder);
}

}  // namespace
}  // namespace liteflow::sim::m3
