// SPDX-License-Identifier: GPL-2.0
// Pump: the thread of an attached link. It connects, fills an inbox, and starts
// again with back-off when the connection breaks.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "daemon/link/inbox.h"

namespace liteflow {

struct BackOff {
  std::chrono::milliseconds first{200}, last{5000};
};

class Pump {
 public:
  // One connection: connects, calls up() once it is attached, hears the host
  // until stop() is true, and throws when the connection fails.
  using Session = std::function<void(const std::function<void()> &up,
                                     const std::function<bool()> &stopping)>;

  Pump(Inbox &inbox, Session session, BackOff back_off = {});
  ~Pump();

  void start();
  // Ends the session; wake is called to make a blocking session return.
  void stop(const std::function<void()> &wake = {});

 private:
  void run();
  void down(const std::string &reason);
  void wait(std::chrono::milliseconds delay);

  Inbox &inbox_;
  Session session_;
  BackOff back_off_;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::condition_variable stopped_;
  std::thread thread_;
  // Of the pump's own thread: what was last told, so that it is told once.
  bool up_ = false, told_ = false;
};

}  // namespace liteflow
