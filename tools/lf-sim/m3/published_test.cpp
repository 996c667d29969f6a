// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/m3/published.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include <fmt/format.h>

#include "codegen/error.h"

namespace liteflow::sim::m3 {
namespace {

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
