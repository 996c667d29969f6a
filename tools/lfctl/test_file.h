// SPDX-License-Identifier: GPL-2.0
// A file with given content, as long as a test runs.
#pragma once

#include <stdlib.h>
#include <unistd.h>

#include <fstream>
#include <stdexcept>
#include <string>

namespace liteflow::lfctl {

class TestFile {
 public:
  explicit TestFile(const std::string &content) : path_("/tmp/lfctl_test.XXXXXX") {
    const int fd = mkstemp(path_.data());
    if (fd < 0) throw std::runtime_error("no temporary file");
    close(fd);
    std::ofstream(path_, std::ios::binary) << content;
  }
  TestFile(const TestFile &) = delete;
  TestFile &operator=(const TestFile &) = delete;
  ~TestFile() { unlink(path_.c_str()); }

  const std::string &path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace liteflow::lfctl
