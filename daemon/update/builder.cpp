// SPDX-License-Identifier: GPL-2.0
#include "daemon/update/builder.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "codegen/emit.h"
#include "codegen/error.h"
#include "daemon/update/command.h"

namespace liteflow {
namespace {

namespace fs = std::filesystem;

class TemporaryDir {
 public:
  explicit TemporaryDir(const std::string &parent) : path_(parent + "/liteflow-build-XXXXXX") {
    if (!::mkdtemp(path_.data()))
      throw Error(fmt::format("{}: can't make a directory here: {} (builder.work_dir)", parent,
                              std::strerror(errno)));
  }
  ~TemporaryDir() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  TemporaryDir(const TemporaryDir &) = delete;
  TemporaryDir &operator=(const TemporaryDir &) = delete;
  const std::string &path() const { return path_; }

 private:
  std::string path_;
};

std::string for_release(std::string text, const std::string &release) {
  constexpr std::string_view kPlace = "{release}";
  for (auto at = text.find(kPlace); at != std::string::npos; at = text.find(kPlace))
    text.replace(at, kPlace.size(), release);
  return text;
}

std::string read_bytes(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream bytes;
  if (!(bytes << file.rdbuf())) throw Error(fmt::format("{}: can't read it", path));
  return bytes.str();
}

// The line of a compiler's output that says what went wrong.
std::string first_error(const std::string &output) {
  std::istringstream lines(output);
  std::string last;
  for (std::string line; std::getline(lines, line);) {
    if (line.find("error:") != std::string::npos || line.find("ERROR:") != std::string::npos)
      return line;
    if (!line.empty()) last = line;
  }
  return last;
}

// Kernels with symbol versions refuse a module that doesn't carry them.
void require_symvers(const std::string &symvers, const std::string &kdir,
                     const std::string &release) {
  if (!symvers.empty()) {
    if (!fs::exists(symvers))
      throw Error(fmt::format("{}: no such file; it comes with the build of liteflow.ko "
                              "(builder.symvers)", symvers));
    return;
  }
  std::ifstream config(kdir + "/.config");
  for (std::string line; std::getline(config, line);)
    if (line == "CONFIG_MODVERSIONS=y")
      throw Error(fmt::format("kernel {} checks symbol versions: set builder.symvers to the "
                              "Module.symvers that liteflow.ko was built with", release));
}

}  // namespace

Builder::Builder(const BuilderOptions &options, std::function<void()> idle)
    : options_(options), idle_(std::move(idle)) {}

std::string Builder::build(const codegen::Network &network, const std::string &release) {
  const TemporaryDir dir(options_.work_dir);
  codegen::emit(network, dir.path());
  compile(dir.path(), release);
  const std::string file = fmt::format("{}/{}.ko", dir.path(), network.name());
  run_command({"strip", "--strip-debug", file}, std::chrono::seconds(10), idle_);
  if (!options_.sign_key.empty()) sign(file, release);
  return read_bytes(file);
}

void Builder::compile(const std::string &dir, const std::string &release) const {
  const std::string kdir = for_release(options_.kdir, release);
  if (!fs::exists(kdir + "/Makefile"))
    throw Error(fmt::format("{}: no headers of kernel {} here; install linux-headers-{} or set "
                            "builder.kdir", kdir, release, release));
  if (!fs::exists(options_.include + "/liteflow/snapshot.h"))
    throw Error(fmt::format("{}/liteflow/snapshot.h: no such file; set builder.include",
                            options_.include));
  const std::string symvers = for_release(options_.symvers, release);
  require_symvers(symvers, kdir, release);
  std::vector<std::string> make{options_.make, "-C", kdir, "M=" + dir,
                                "LF_INCLUDE=" + options_.include, "modules"};
  make.push_back(symvers.empty() ? "KBUILD_MODPOST_WARN=1" : "KBUILD_EXTRA_SYMBOLS=" + symvers);
  const auto result = run_command(make, std::chrono::seconds(options_.timeout_s), idle_);
  spdlog::debug("build of {} for {}:\n{}", dir, release, result.output);
  if (result.timed_out)
    throw Error(fmt::format("the build for {} took longer than {} s (builder.timeout_s)", release,
                            options_.timeout_s));
  if (result.status != 0)
    throw Error(fmt::format("the build for {} failed with status {}: {}", release, result.status,
                            first_error(result.output)));
}

void Builder::sign(const std::string &file, const std::string &release) const {
  const std::string tool = for_release(options_.kdir, release) + "/scripts/sign-file";
  if (!fs::exists(tool))
    throw Error(fmt::format("{}: no such file; the headers of kernel {} lack it", tool, release));
  const auto result = run_command(
      {tool, options_.sign_hash, options_.sign_key, options_.sign_cert, file},
      std::chrono::seconds(30), idle_);
  if (result.status != 0)
    throw Error(fmt::format("signing with {} failed: {}", options_.sign_key,
                            first_error(result.output)));
}

}  // namespace liteflow
