// SPDX-License-Identifier: GPL-2.0
// A file of a test, gone with it; and the Error that something throws.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "codegen/error.h"

namespace liteflow::sim {

class TestFile {
 public:
  explicit TestFile(const std::string &text = "") {
    static int number = 0;
    path_ = std::filesystem::temp_directory_path() /
            ("lf-sim-test-" + std::to_string(::getpid()) + "-" + std::to_string(number++));
    std::ofstream(path_) << text;
  }
  ~TestFile() { std::filesystem::remove_all(path_); }
  TestFile(const TestFile &) = delete;
  TestFile &operator=(const TestFile &) = delete;

  std::string path() const { return path_.string(); }
  std::string text() const {
    std::stringstream text;
    text << std::ifstream(path_).rdbuf();
    return text.str();
  }

 private:
  std::filesystem::path path_;
};

// What it says, less the file's name; empty if nothing is thrown.
template <typename Call>
std::string error_of(const TestFile &file, Call call) {
  try {
    call();
  } catch (const Error &error) {
    const std::string text = error.what();
    return text.rfind(file.path(), 0) == 0 ? text.substr(file.path().size()) : text;
  }
  return "";
}

}  // namespace liteflow::sim
