// SPDX-License-Identifier: GPL-2.0
// Counts what was lost between the kernel and here: batches by the gaps in
// their sequence numbers, records by the kernel's own count.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "daemon/netlink/client.h"

namespace liteflow {

struct Loss {
  std::uint64_t batches = 0;  // sent but not received
  std::uint64_t records = 0;  // dropped in the kernel, for want of room
};

class LossCounter {
 public:
  // What was lost just before this batch. A sequence that starts again (the
  // module was reloaded) has lost nothing that can be told.
  Loss add(const BatchMessage &batch);

 private:
  struct Last {
    std::uint64_t seq = 0, dropped = 0;
  };
  std::map<std::pair<std::string, std::uint32_t>, Last> last_;  // by app and CPU
};

}  // namespace liteflow
