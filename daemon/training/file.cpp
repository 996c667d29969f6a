// SPDX-License-Identifier: GPL-2.0
#include "daemon/training/file.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

#include <fmt/format.h>

#include "codegen/error.h"

namespace liteflow {

std::string read_model(const std::string &path, const std::string &adapter) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw Error(path + ": cannot read the model; make one by liteflowd pretrain " + adapter);
  std::ostringstream bytes;
  bytes << in.rdbuf();
  return bytes.str();
}

std::string stem_of(const std::string &path) {
  const std::filesystem::path p(path);
  return (p.parent_path() / p.stem()).string();
}

void write_file(const std::string &path, const std::string &bytes) {
  namespace fs = std::filesystem;
  std::error_code code;
  const fs::path parent = fs::path(path).parent_path();
  if (!parent.empty()) fs::create_directories(parent, code);
  if (code) throw Error(fmt::format("{}: cannot make the folder: {}", parent.string(), code.message()));
  const std::string temporary = fmt::format("{}.tmp{}", path, getpid());
  std::ofstream out(temporary, std::ios::binary | std::ios::trunc);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  out.close();
  if (!out) {
    const std::string reason = std::strerror(errno);
    std::remove(temporary.c_str());
    throw Error(fmt::format("{}: cannot write: {}", path, reason));
  }
  fs::rename(temporary, path, code);
  if (code) {
    std::remove(temporary.c_str());
    throw Error(fmt::format("{}: cannot replace: {}", path, code.message()));
  }
}

}  // namespace liteflow
