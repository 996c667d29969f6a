// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/truth/pinned_routing.h"

#include <ns3/ipv4-header.h>
#include <ns3/ipv4.h>
#include <ns3/node.h>
#include <ns3/packet.h>

#include "tools/lf-sim/truth/packets.h"

namespace liteflow::sim {
namespace {

constexpr std::uint32_t kFirstAddress = 0x0b000001;

// Ports are the first four bytes of a TCP header, which is not read as a whole: it would double the cost of a hop.
Ends ends_of(const ns3::Packet &packet, const ns3::Ipv4Header &header) {
  std::uint8_t ports[4] = {};
  packet.CopyData(ports, sizeof(ports));
  return {node_of(header.GetSource()), node_of(header.GetDestination()),
          static_cast<std::uint16_t>(ports[0] << 8 | ports[1]), static_cast<std::uint16_t>(ports[2] << 8 | ports[3])};
}

}  // namespace

ns3::Ipv4Address address_of(NodeId node) {
  return ns3::Ipv4Address(kFirstAddress + ((node / 256U) << 16U) + ((node % 256U) << 8U));
}

NodeId node_of(ns3::Ipv4Address address) {
  const std::uint32_t offset = address.Get() - kFirstAddress;
  return (offset >> 16U) * 256U + ((offset >> 8U) & 255U);
}

ns3::TypeId PinnedRouting::GetTypeId() {
  static const ns3::TypeId id = ns3::TypeId("liteflow::PinnedRouting").SetParent<ns3::Ipv4RoutingProtocol>();
  return id;
}

ns3::Ptr<ns3::Ipv4Route> PinnedRouting::RouteOutput(ns3::Ptr<ns3::Packet> packet, const ns3::Ipv4Header &header,
                                                    ns3::Ptr<ns3::NetDevice>, ns3::Socket::SocketErrno &error) {
  // Without a packet: a socket asks for its own address.
  const auto way = packet ? packets_.way(node_, ends_of(*packet, header)) : packets_.way_out(node_);
  error = way ? ns3::Socket::ERROR_NOTERROR : ns3::Socket::ERROR_NOROUTETOHOST;
  return way;
}

bool PinnedRouting::RouteInput(ns3::Ptr<const ns3::Packet> packet, const ns3::Ipv4Header &header,
                               ns3::Ptr<const ns3::NetDevice> device, UnicastForwardCallback forward,
                               MulticastForwardCallback, LocalDeliverCallback deliver, ErrorCallback) {
  const Ends ends = ends_of(*packet, header);
  if (ends.destination == node_) {
    deliver(packet, header, static_cast<std::uint32_t>(ip_->GetInterfaceForDevice(device)));
    return true;
  }
  const auto way = packets_.way(node_, ends);
  if (!way) return false;
  forward(way, packet, header);
  return true;
}

void PinnedRouting::DoDispose() {
  ip_ = nullptr;
  Ipv4RoutingProtocol::DoDispose();
}

ns3::Ptr<ns3::Ipv4RoutingProtocol> PinnedRoutingHelper::Create(ns3::Ptr<ns3::Node> node) const {
  return ns3::CreateObject<PinnedRouting>(packets_, node->GetId());
}

}  // namespace liteflow::sim
