// SPDX-License-Identifier: GPL-2.0
// Pinned routing: ns-3's own routing has one way for a destination, or another one for each packet at random; here a
// connection's packets all take the connection's route. Needs ns-3's headers.
#pragma once

#include <ns3/ipv4-routing-helper.h>
#include <ns3/ipv4-routing-protocol.h>

#include "tools/lf-sim/net/topology.h"

namespace liteflow::sim {

class Packets;

// As in the published files: 0x0b000001 + (node / 256) << 16 + (node % 256) << 8.
ns3::Ipv4Address address_of(NodeId node);
NodeId node_of(ns3::Ipv4Address address);

class PinnedRouting : public ns3::Ipv4RoutingProtocol {
 public:
  static ns3::TypeId GetTypeId();
  PinnedRouting(const Packets &packets, NodeId node) : packets_(packets), node_(node) {}

  ns3::Ptr<ns3::Ipv4Route> RouteOutput(ns3::Ptr<ns3::Packet> packet, const ns3::Ipv4Header &header,
                                       ns3::Ptr<ns3::NetDevice> device, ns3::Socket::SocketErrno &error) override;
  bool RouteInput(ns3::Ptr<const ns3::Packet> packet, const ns3::Ipv4Header &header,
                  ns3::Ptr<const ns3::NetDevice> device, UnicastForwardCallback forward,
                  MulticastForwardCallback multicast, LocalDeliverCallback deliver, ErrorCallback error) override;
  void SetIpv4(ns3::Ptr<ns3::Ipv4> ip) override { ip_ = ip; }

  void NotifyInterfaceUp(std::uint32_t) override {}
  void NotifyInterfaceDown(std::uint32_t) override {}
  void NotifyAddAddress(std::uint32_t, ns3::Ipv4InterfaceAddress) override {}
  void NotifyRemoveAddress(std::uint32_t, ns3::Ipv4InterfaceAddress) override {}
  void PrintRoutingTable(ns3::Ptr<ns3::OutputStreamWrapper>, ns3::Time::Unit) const override {}

 private:
  void DoDispose() override;

  const Packets &packets_;
  NodeId node_;
  ns3::Ptr<ns3::Ipv4> ip_;
};

// What ns-3's stack asks for the routing of each node; nodes are numbered as in the topology.
class PinnedRoutingHelper : public ns3::Ipv4RoutingHelper {
 public:
  explicit PinnedRoutingHelper(const Packets &packets) : packets_(packets) {}
  PinnedRoutingHelper *Copy() const override { return new PinnedRoutingHelper(packets_); }
  ns3::Ptr<ns3::Ipv4RoutingProtocol> Create(ns3::Ptr<ns3::Node> node) const override;

 private:
  const Packets &packets_;
};

}  // namespace liteflow::sim
