// SPDX-License-Identifier: GPL-2.0
// Trace: what the applications of a host do to their connections. Applications
// are written down one after the other; a host sees them in the order of time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "daemon/sched/host.h"

namespace liteflow::sched {

inline constexpr std::uint64_t kSecond = 1'000'000;  // in us

// How a connection transfers.
struct Path {
  double rate = 12.5e6;      // bytes/s
  std::uint64_t rtt_us = 1000;

  // From the first byte of a write to its last acknowledgement.
  std::uint64_t time_us(std::uint64_t bytes) const;
};

class Trace {
 public:
  // Connections are numbered from 0 in the order of their opening.
  std::size_t open(std::uint64_t time_us, const Endpoint &endpoint);
  void receive(std::size_t connection, std::uint64_t time_us, std::uint64_t bytes);
  // The application hands over bytes, of which `written` at once. Returns when
  // all is acknowledged.
  std::uint64_t send(std::size_t connection, std::uint64_t time_us, std::uint64_t bytes, std::uint64_t written,
                     const Path &path);
  void close(std::size_t connection, std::uint64_t time_us);

  // All of it, and the end of what is still open.
  Host replay() const;

 private:
  enum class Kind { open, receive, send, close };
  struct Event {
    std::uint64_t time_us = 0;
    Kind kind = Kind::open;
    std::size_t connection = 0;
    std::uint64_t bytes = 0, written = 0, done_us = 0;
  };

  std::vector<Endpoint> endpoints_;
  std::vector<Event> events_;
};

}  // namespace liteflow::sched
