// SPDX-License-Identifier: GPL-2.0
// What the tests of pretraining commands have in common.
#pragma once

#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "daemon/regression/pretrain.h"

namespace liteflow::regression {

// A temporary one.
class Folder {
 public:
  Folder() : path_(std::filesystem::temp_directory_path() / ("lf-pretrain-labels-" + std::to_string(getpid()))) {
    std::filesystem::create_directories(path_);
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string operator/(const std::string &name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

inline std::string contents(const std::string &path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

// Everything into one subfolder; one seed.
inline LabelPretrainOptions quick(LabelPretrainOptions o, const Folder &folder, const std::string &name) {
  const std::filesystem::path model(o.output);
  o.output = folder / name + "/" + model.filename().string();
  o.results_dir = folder / name;
  o.document = folder / name + "/" + model.stem().string() + ".md";
  o.seeds = 1;
  o.quick = true;
  return o;
}

// Two runs, in the subfolders a and b.
inline void expect_same(const Folder &folder, const std::string &name) {
  for (const std::string &file : {name + ".pt", name + "-calibration.csv", name + ".md"}) {
    EXPECT_FALSE(contents(folder / "a/" + file).empty()) << file;
    EXPECT_EQ(contents(folder / "a/" + file), contents(folder / "b/" + file)) << file;
  }
  const std::string results = "/pretrain-" + name + ".json";
  auto a = nlohmann::json::parse(contents(folder / "a" + results));
  auto b = nlohmann::json::parse(contents(folder / "b" + results));
  a.erase("meta");
  b.erase("meta");
  EXPECT_EQ(a, b);
}

}  // namespace liteflow::regression
