// SPDX-License-Identifier: GPL-2.0
// Builder: a network to a kernel module for one kernel release.
#pragma once

#include <functional>
#include <string>

#include "codegen/network.h"
#include "daemon/config/config.h"

namespace liteflow {

class Builder {
 public:
  // idle is called several times a second while a build runs.
  explicit Builder(const BuilderOptions &options, std::function<void()> idle = {});
  virtual ~Builder() = default;

  // Emits, compiles and (if configured) signs; returns the .ko file's bytes.
  // Throws Error with what failed and the remedy.
  virtual std::string build(const codegen::Network &network, const std::string &release);

  void set_options(const BuilderOptions &options) { options_ = options; }

 private:
  void compile(const std::string &dir, const std::string &release) const;
  void sign(const std::string &file, const std::string &release) const;

  BuilderOptions options_;
  std::function<void()> idle_;
};

}  // namespace liteflow
