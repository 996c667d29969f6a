// SPDX-License-Identifier: GPL-2.0
// Packets: a topology built in ns-3: nodes with the internet stack, a point-to-point channel for each cable, a queue
// for each direction, and routes that are pinned by connection. Not part of the library's interface: it needs ns-3's
// headers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <unordered_map>
#include <vector>

#include <ns3/event-id.h>
#include <ns3/ipv4-route.h>
#include <ns3/node.h>
#include <ns3/point-to-point-net-device.h>
#include <ns3/queue-disc.h>
#include <ns3/socket.h>

#include "tools/lf-sim/net/routing.h"
#include "tools/lf-sim/net/topology.h"
#include "tools/lf-sim/net/settings.h"

namespace liteflow::sim {

class Connection;

// What a link's queue did: bytes on the wire, packets marked and dropped.
struct LinkCount {
  std::uint64_t bytes = 0, marked = 0, dropped = 0;
};

// Ends of a connection. The client's port tells its host's connections apart.
struct Ends {
  NodeId source = 0, destination = 0;
  std::uint16_t client_port = 0, server_port = 0;
};

// ns-3's simulator is global: Error if there is another one in the process. Times are nanoseconds since the flows' time
// 0, which is lead_ns after the simulation begins. Keeps a reference to the topology.
class Packets {
 public:
  Packets(const Topology &topology, const TcpSettings &settings, double lead_ns);
  ~Packets();
  Packets(const Packets &) = delete;
  Packets &operator=(const Packets &) = delete;

  double now_ns() const;
  ns3::EventId at(double time_ns, std::function<void()> what);
  void run();   // until stop() or until nothing is left to do
  void stop();
  std::uint64_t events() const;

  // Ends for a new connection, whose packets take this route, and their acknowledgements its links backwards.
  Ends pin(NodeId source, NodeId destination, const Route &route, Connection *connection);
  // No callbacks for it any more; its route stays for the packets that close it.
  void forget(const Ends &ends);
  // How a node sends a packet on, given the connection's ends as the packet has them; null: not by any connection.
  ns3::Ptr<ns3::Ipv4Route> way(NodeId node, const Ends &packet) const;
  // Any way out of a host.
  ns3::Ptr<ns3::Ipv4Route> way_out(NodeId host) const { return ways_[topology_.out(host).front()]; }

  ns3::Ptr<ns3::Socket> client(const Ends &ends);  // bound, not connected
  std::uint64_t queue_bytes(LinkId link) const;    // that wait for the link, on the wire
  LinkCount count(LinkId link) const;

 private:
  struct Pin {
    Route route;
    Connection *connection = nullptr;
  };

  void set_defaults() const;
  void add_cable(LinkId link);
  void add_device(LinkId link, const ns3::Ptr<ns3::PointToPointChannel> &channel);
  void listen(NodeId host);
  void accepted(ns3::Ptr<ns3::Socket> socket, const ns3::Address &from);

  const Topology &topology_;
  TcpSettings settings_;
  double lead_ns_;
  std::vector<ns3::Ptr<ns3::Node>> nodes_;
  std::vector<ns3::Ptr<ns3::PointToPointNetDevice>> devices_;  // these three by link
  std::vector<ns3::Ptr<ns3::QueueDisc>> discs_;
  std::vector<ns3::Ptr<ns3::Ipv4Route>> ways_;
  std::vector<std::uint32_t> opened_;  // of each node, how many connections it has opened
  std::unordered_map<std::uint64_t, Pin> pins_;
};

}  // namespace liteflow::sim
