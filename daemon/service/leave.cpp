// SPDX-License-Identifier: GPL-2.0
#include "daemon/service/leave.h"

#include <spdlog/spdlog.h>

#include <cstdio>
#include <cstdlib>

namespace liteflow {

void leave(int status) {
  spdlog::default_logger()->flush();
  std::fflush(nullptr);
  std::quick_exit(status);
}

}  // namespace liteflow
