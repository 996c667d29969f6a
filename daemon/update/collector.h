// SPDX-License-Identifier: GPL-2.0
// Gathers the batches of one app until a round takes them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "daemon/adapter.h"
#include "daemon/netlink/client.h"

namespace liteflow {

class Collector {
 public:
  // record_bytes of a message that differ from those before it (the kernel
  // module was replaced) discard what was gathered before.
  void add(const std::string &host, BatchMessage &&message, std::uint64_t dropped);
  std::size_t records() const;
  std::size_t batches() const { return messages_; }  // that they came in

  // One batch per host; records in order of their time. Every record begins
  // with three u64: flow, snapshot, time.
  std::vector<Batch> take(const std::string &app);

 private:
  std::map<std::string, Batch> batches_;
  std::size_t messages_ = 0;
};

}  // namespace liteflow
