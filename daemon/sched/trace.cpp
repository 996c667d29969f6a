// SPDX-License-Identifier: GPL-2.0
#include "daemon/sched/trace.h"

#include <algorithm>
#include <cmath>

namespace liteflow::sched {
namespace {

constexpr double kFirstBurst = 10 * 1448;  // bytes; the window doubles with each round trip

}  // namespace

std::uint64_t Path::time_us(std::uint64_t bytes) const {
  const auto size = static_cast<double>(bytes);
  const double full = rate * static_cast<double>(rtt_us) * 1e-6;  // what a round trip can carry
  const double rounds = std::ceil(std::log2(std::max(1.0, std::min(size, full) / kFirstBurst)));
  return rtt_us * (1 + static_cast<std::uint64_t>(rounds)) + static_cast<std::uint64_t>(size / rate * 1e6);
}

std::size_t Trace::open(std::uint64_t time_us, const Endpoint &endpoint) {
  endpoints_.push_back(endpoint);
  events_.push_back({time_us, Kind::open, endpoints_.size() - 1});
  return endpoints_.size() - 1;
}

void Trace::receive(std::size_t connection, std::uint64_t time_us, std::uint64_t bytes) {
  events_.push_back({time_us, Kind::receive, connection, bytes});
}

std::uint64_t Trace::send(std::size_t connection, std::uint64_t time_us, std::uint64_t bytes, std::uint64_t written,
                          const Path &path) {
  const std::uint64_t done_us = time_us + path.time_us(bytes);
  events_.push_back({time_us, Kind::send, connection, bytes, written, done_us});
  return done_us;
}

void Trace::close(std::size_t connection, std::uint64_t time_us) {
  events_.push_back({time_us, Kind::close, connection});
}

Host Trace::replay() const {
  std::vector<Event> events = events_;
  std::stable_sort(events.begin(), events.end(),
                   [](const Event &a, const Event &b) { return a.time_us < b.time_us; });
  Host host;
  std::vector<std::size_t> number(endpoints_.size());  // of each connection at the host
  std::vector<bool> closed(endpoints_.size());
  for (const Event &e : events) {
    std::size_t &c = number[e.connection];
    switch (e.kind) {
      case Kind::open: c = host.connect(endpoints_[e.connection]); break;
      case Kind::receive: host.receive(c, e.bytes); break;
      case Kind::send: host.send(c, e.time_us, e.bytes, e.written, e.done_us); break;
      case Kind::close:
        host.close(c, e.time_us);
        closed[e.connection] = true;
        break;
    }
  }
  for (std::size_t i = 0; i < number.size(); i++)
    if (!closed[i]) host.close(number[i], events.back().time_us);
  return host;
}

}  // namespace liteflow::sched
