// SPDX-License-Identifier: GPL-2.0
#include "daemon/update/cpu_time.h"

#include <sys/resource.h>

namespace liteflow {
namespace {

double used_by(int who) {
  rusage usage{};
  ::getrusage(who, &usage);
  const auto seconds = [](const timeval &t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace

double cpu_seconds() { return used_by(RUSAGE_SELF) + used_by(RUSAGE_CHILDREN); }

}  // namespace liteflow
