// SPDX-License-Identifier: GPL-2.0
// Host: a link with its name, and whether it is up.
#pragma once

#include <memory>
#include <string>

#include "daemon/link/host_link.h"
#include "daemon/update/loss_counter.h"

namespace liteflow {

struct Host {
  std::string name;
  std::unique_ptr<HostLink> link;
  bool up = false;
  LossCounter losses = {};
};

}  // namespace liteflow
