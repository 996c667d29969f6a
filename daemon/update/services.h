// SPDX-License-Identifier: GPL-2.0
// What the parts of the update loop share. Tests bring their own clock and
// models.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "codegen/model.h"
#include "daemon/update/builder.h"
#include "daemon/update/journal.h"
#include "daemon/update/metrics.h"

namespace liteflow {

using SteadyTime = std::chrono::steady_clock::time_point;
using NowFunction = std::function<SteadyTime()>;

struct ModelImport {
  std::function<codegen::Model(const std::string &path)> file;
  std::function<codegen::Model(const std::string &bytes)> bytes;
};
ModelImport torchscript_import();

struct Services {
  Builder &builder;
  Journal &journal;
  Metrics &metrics;
  NowFunction now = [] { return std::chrono::steady_clock::now(); };
  ModelImport import = torchscript_import();
};

// A time that many seconds later; and the seconds since a time.
SteadyTime after(SteadyTime time, double seconds);
double seconds_since(SteadyTime start);

}  // namespace liteflow
