// SPDX-License-Identifier: GPL-2.0
#include "daemon/link/pump.h"

#include <algorithm>
#include <exception>
#include <utility>

namespace liteflow {

Pump::Pump(Inbox &inbox, Session session, BackOff back_off)
    : inbox_(inbox), session_(std::move(session)), back_off_(back_off) {}

Pump::~Pump() { stop(); }

void Pump::start() {
  if (thread_.joinable()) return;
  stopping_ = false;
  up_ = told_ = false;
  thread_ = std::thread([this] { run(); });
}

void Pump::stop(const std::function<void()> &wake) {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stopped_.notify_all();
  if (wake) wake();
  thread_.join();
  thread_ = {};
}

void Pump::run() {
  auto delay = back_off_.first;
  const auto up = [&] {
    delay = back_off_.first;
    up_ = told_ = true;
    inbox_.push(LinkState{true, {}});
  };
  while (!stopping_) {
    try {
      session_(up, [this] { return stopping_.load(); });
      down("the connection was closed");
    } catch (const std::exception &error) {
      down(error.what());
    }
    wait(delay);
    delay = std::min(2 * delay, back_off_.last);
  }
}

void Pump::down(const std::string &reason) {
  if (stopping_ || (told_ && !up_)) return;
  up_ = false;
  told_ = true;
  inbox_.push(LinkState{false, reason});
}

void Pump::wait(std::chrono::milliseconds delay) {
  std::unique_lock lock(mutex_);
  stopped_.wait_for(lock, delay, [this] { return stopping_.load(); });
}

}  // namespace liteflow
