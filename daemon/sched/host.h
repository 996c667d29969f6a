// SPDX-License-Identifier: GPL-2.0
// Host: what lf_sched.ko would see of a host's connections and report of their
// flows. The rules are those of kmod/sched/flow.c and history.c, but for the
// bound on how many pairs are remembered (8,192, beyond what is simulated).
//
// The first packet of a connection leaves once the application has written half
// of the largest window that the peer has announced, in whole segments (64 kB at
// most), or has stopped writing: the bytes that wait are exact up to there. What is
// less than a segment leaves ahead of the rest, and tells only of itself: then the
// flow is asked about when the rest waits.
#pragma once

#include <linux/liteflow.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <tuple>
#include <vector>

#include <liteflow/interval.h>
#include <liteflow/sched.h>

namespace liteflow::sched {

struct Endpoint {
  std::uint32_t peer = 0;
  std::uint16_t port = 0;  // of the service
  bool passive = false;    // the peer opened the connection
  std::uint64_t cgroup = 0;
  std::uint8_t dscp = 0;   // that the application chose

  auto pair() const { return std::tuple(peer, port, passive); }
};

class Host {
 public:
  // Times never decrease from call to call.
  std::size_t connect(const Endpoint &endpoint);
  void receive(std::size_t connection, std::uint64_t bytes);
  // bytes are handed to TCP, of which the application writes so many at once;
  // all is sent and acknowledged at done_us.
  void send(std::size_t connection, std::uint64_t now_us, std::uint64_t bytes, std::uint64_t written,
            std::uint64_t done_us);
  void close(std::size_t connection, std::uint64_t now_us);

  // Flows, in the order of their ends.
  const std::vector<lf_sched_record> &ended() const { return ended_; }

 private:
  struct Past {
    std::uint32_t n = 0;
    std::array<std::int32_t, LF_SCHED_HISTORY> size{};
    std::uint64_t began_us = 0;
  };
  struct Connection {
    Endpoint endpoint;
    bool began = false;
    std::uint64_t total_sent = 0, total_received = 0;
    std::uint64_t sent = 0, received = 0, began_us = 0, done_us = 0;  // of the present flow
    std::array<std::int32_t, LF_SCHED_INPUTS> in{};
  };

  struct Pair {
    std::uint32_t number = 0;
    Past past;
  };

  static Past recall(Past &past, std::uint64_t now_us);
  static void remember(Past &past, std::int32_t size);
  Pair &pair_of(const Endpoint &e);
  Past &of_pair(const Endpoint &e) { return pair_of(e).past; }
  Past &of_cgroup(const Endpoint &e) { return cgroups_[e.cgroup]; }
  void begin(Connection &c, std::uint64_t now_us, std::uint64_t bytes, std::uint64_t written);
  void finish(Connection &c, std::uint64_t now_us, std::uint32_t flags);

  std::vector<Connection> connections_;
  std::map<std::tuple<std::uint32_t, std::uint16_t, bool>, Pair> pairs_;
  std::map<std::uint64_t, Past> cgroups_;
  std::vector<lf_sched_record> ended_;
};

}  // namespace liteflow::sched
