// SPDX-License-Identifier: GPL-2.0
// Bounded queue between the thread that hears a host and the one that works.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>

#include "daemon/link/host_link.h"

namespace liteflow {

// Holds at most `limit` messages: then the oldest batch is dropped. The
// sequence numbers of the batches tell the reader that one is missing.
class Inbox {
 public:
  explicit Inbox(std::size_t limit = 4096) : limit_(limit) {}

  void push(LinkMessage message);
  std::optional<LinkMessage> pop(std::chrono::milliseconds timeout);
  void clear();

 private:
  const std::size_t limit_;
  std::mutex mutex_;
  std::condition_variable filled_;
  std::deque<LinkMessage> messages_;
};

}  // namespace liteflow
