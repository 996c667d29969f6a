// SPDX-License-Identifier: GPL-2.0
#include "daemon/link/inbox.h"

#include <algorithm>
#include <utility>

namespace liteflow {

void Inbox::push(LinkMessage message) {
  const std::lock_guard lock(mutex_);
  if (messages_.size() >= limit_) {
    auto oldest = std::find_if(messages_.begin(), messages_.end(), [](const LinkMessage &m) {
      return std::holds_alternative<BatchMessage>(m);
    });
    messages_.erase(oldest == messages_.end() ? messages_.begin() : oldest);
  }
  messages_.push_back(std::move(message));
  filled_.notify_one();
}

std::optional<LinkMessage> Inbox::pop(std::chrono::milliseconds timeout) {
  std::unique_lock lock(mutex_);
  if (!filled_.wait_for(lock, timeout, [this] { return !messages_.empty(); })) return std::nullopt;
  LinkMessage message = std::move(messages_.front());
  messages_.pop_front();
  return message;
}

void Inbox::clear() {
  const std::lock_guard lock(mutex_);
  messages_.clear();
}

}  // namespace liteflow
