// SPDX-License-Identifier: GPL-2.0
// Connection: TCP from a host to another one, over which sizes are sent. Needs ns-3's headers.
#pragma once

#include <cstdint>
#include <functional>

#include <ns3/socket.h>

#include "tools/lf-sim/truth/packets.h"

namespace liteflow::sim {

// Opens when it is made and closes when it is gone, which must not be within one of its callbacks. Not moved.
class Connection {
 public:
  Connection(Packets &packets, NodeId source, NodeId destination, const Route &route);
  ~Connection();
  Connection(const Connection &) = delete;
  Connection &operator=(const Connection &) = delete;

  // One size at a time. begun: its first byte is handed over, now or when the connection is established; done: its last
  // byte has been delivered.
  void send(std::uint64_t bytes, std::function<void()> begun, std::function<void()> done);
  // Of the size that is being sent, what has not been delivered.
  std::uint64_t left() const { return wanted_ - received_; }

  void accept(const ns3::Ptr<ns3::Socket> &server);  // for Packets: the other end

 private:
  void established(ns3::Ptr<ns3::Socket> client);
  void begin();
  void write();
  void room(ns3::Ptr<ns3::Socket> client, std::uint32_t bytes);
  void receive(ns3::Ptr<ns3::Socket> server);

  Packets &packets_;
  Ends ends_;
  ns3::Ptr<ns3::Socket> client_, server_;
  bool established_ = false, waiting_ = false;
  std::uint64_t unsent_ = 0, received_ = 0, wanted_ = 0;  // bytes; the last two since the connection opened
  std::function<void()> begun_, done_;
};

}  // namespace liteflow::sim
