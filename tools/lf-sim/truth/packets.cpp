// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/truth/packets.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include <ns3/boolean.h>
#include <ns3/config.h>
#include <ns3/data-rate.h>
#include <ns3/double.h>
#include <ns3/drop-tail-queue.h>
#include <ns3/enum.h>
#include <ns3/inet-socket-address.h>
#include <ns3/internet-stack-helper.h>
#include <ns3/ipv4.h>
#include <ns3/net-device-queue-interface.h>
#include <ns3/point-to-point-channel.h>
#include <ns3/pointer.h>
#include <ns3/queue-size.h>
#include <ns3/rng-seed-manager.h>
#include <ns3/simulator.h>
#include <ns3/string.h>
#include <ns3/tcp-bbr.h>
#include <ns3/tcp-socket-factory.h>
#include <ns3/tcp-socket-state.h>
#include <ns3/traffic-control-layer.h>
#include <ns3/uinteger.h>

#include "codegen/error.h"
#include "tools/lf-sim/truth/connection.h"
#include "tools/lf-sim/truth/pinned_routing.h"
#include "tools/lf-sim/truth/step_marker.h"

namespace liteflow::sim {
namespace {

constexpr std::uint16_t kServerPort = 100, kFirstClientPort = 10000;
constexpr std::uint32_t kClientPorts = 50000;  // of a host, used in turn
constexpr std::uint32_t kIpTcp = 40, kOwnHeaders = 42;  // bytes of IPv4 and TCP without options; and PPP
constexpr NodeId kMostNodes = 65536;  // so that two and two ports fit 64 bits
constexpr std::uint32_t kSocketBuffer = 4'000'000;  // bytes that a sender hands over at once
constexpr std::uint64_t kNoLimit = 10'000'000'000'000;  // bit/s, for BBR's pacing, which ns-3 ends at 4 Gbit/s
constexpr double kPsPerNs = 1000;

bool exists = false;

// A queue of a device that makes each packet as long on the wire as other engines think. The receiver's IP takes the
// padding away.
class PaddingQueue : public ns3::DropTailQueue<ns3::Packet> {
 public:
  explicit PaddingQueue(std::uint32_t bytes) : bytes_(bytes) {}
  bool Enqueue(ns3::Ptr<ns3::Packet> packet) override {
    if (bytes_) packet->AddPaddingAtEnd(bytes_);
    return ns3::DropTailQueue<ns3::Packet>::Enqueue(packet);
  }

 private:
  std::uint32_t bytes_;
};

std::uint64_t pin_key(const Ends &e) {
  return static_cast<std::uint64_t>(e.source) << 48U | static_cast<std::uint64_t>(e.destination) << 32U |
         static_cast<std::uint64_t>(e.client_port) << 16U | e.server_port;
}

const char *type_of(Congestion transport) {
  switch (transport) {
    case Congestion::dctcp: return "ns3::TcpDctcp";
    case Congestion::cubic: return "ns3::TcpCubic";
    case Congestion::newreno: return "ns3::TcpNewReno";
    default: return "ns3::TcpBbr";
  }
}

std::uint64_t bytes_of(double kb) { return static_cast<std::uint64_t>(std::llround(kb * 1000)); }

}  // namespace

Packets::Packets(const Topology &topology, const TcpSettings &settings, double lead_ns)
    : topology_(topology), settings_(settings), lead_ns_(lead_ns),
      devices_(topology.links().size()), discs_(topology.links().size()), ways_(topology.links().size()),
      opened_(topology.nodes()) {
  check(settings);
  if (exists) throw Error("ns-3 can run one simulation at a time in a process: end the other one first");
  if (topology.nodes() > kMostNodes)
    throw Error(fmt::format("the topology has {} nodes: packets can be simulated for at most {}", topology.nodes(),
                            kMostNodes));
  exists = true;
  set_defaults();
  ns3::InternetStackHelper stack;
  stack.SetIpv6StackInstall(false);
  stack.SetRoutingHelper(PinnedRoutingHelper(*this));
  for (std::size_t i = 0; i < topology.nodes(); i++) {
    nodes_.push_back(ns3::CreateObject<ns3::Node>());
    stack.Install(nodes_.back());
  }
  for (std::size_t link = 0; link < topology.links().size(); link += 2) add_cable(static_cast<LinkId>(link));
  for (const NodeId host : topology.hosts()) listen(host);
}

Packets::~Packets() {
  ns3::Simulator::Destroy();
  exists = false;
}

void Packets::set_defaults() const {
  using ns3::Config::SetDefault;
  const TcpSettings &s = settings_;
  // A bit of 40 Gbit/s takes 25 ps: nanoseconds would round a packet's time by up to half a percent.
  static const bool once = [] {
    ns3::Time::SetResolution(ns3::Time::PS);
    return true;
  }();
  (void)once;
  ns3::RngSeedManager::SetSeed(1);
  ns3::RngSeedManager::SetRun(s.seed);

  const ns3::TimeValue rto(ns3::MicroSeconds(static_cast<std::uint64_t>(std::llround(s.min_rto_ms * 1e3))));
  SetDefault("ns3::TcpL4Protocol::SocketType", ns3::TypeIdValue(ns3::TypeId::LookupByName(type_of(s.transport))));
  SetDefault("ns3::TcpSocket::SegmentSize", ns3::UintegerValue(s.wire.payload));
  SetDefault("ns3::TcpSocket::SndBufSize", ns3::UintegerValue(std::max(kSocketBuffer, 2 * s.wire.payload)));
  SetDefault("ns3::TcpSocket::RcvBufSize", ns3::UintegerValue(bytes_of(s.window_kb)));
  SetDefault("ns3::TcpSocket::InitialCwnd", ns3::UintegerValue(s.first_window));
  SetDefault("ns3::TcpSocket::DelAckCount", ns3::UintegerValue(1));
  SetDefault("ns3::TcpSocket::TcpNoDelay", ns3::BooleanValue(true));
  SetDefault("ns3::TcpSocket::ConnTimeout", rto);
  SetDefault("ns3::TcpSocketBase::MinRto", rto);
  // Before there is a sample of the round trip: a lost handshake must not leave a second of timeout.
  SetDefault("ns3::RttEstimator::InitialEstimation", ns3::TimeValue(ns3::MilliSeconds(1)));
  // Nobody gives up: that a flow is never done is told by limit_s.
  SetDefault("ns3::TcpSocket::ConnCount", ns3::UintegerValue(1000));
  SetDefault("ns3::TcpSocket::DataRetries", ns3::UintegerValue(1000));
  // Timestamps are in milliseconds, and what has them takes each round trip for 1 us.
  SetDefault("ns3::TcpSocketBase::Timestamp", ns3::BooleanValue(false));
  // Long enough for what is under way when a connection closes, or resets answer it; short, for each packet of a host
  // is looked up in a list of its connections.
  SetDefault("ns3::TcpSocketBase::MaxSegLifetime", ns3::DoubleValue(1e-4));
  SetDefault("ns3::TcpSocketState::MaxPacingRate", ns3::DataRateValue(ns3::DataRate(kNoLimit)));
  SetDefault("ns3::TcpSocketBase::UseEcn",
             ns3::EnumValue(s.ecn_k_kb > 0 ? ns3::TcpSocketState::On : ns3::TcpSocketState::Off));
}

void Packets::add_cable(LinkId link) {
  const auto channel = ns3::CreateObject<ns3::PointToPointChannel>();
  channel->SetAttribute("Delay", ns3::TimeValue(ns3::NanoSeconds(
                                     static_cast<std::uint64_t>(topology_.link(link).delay_ns))));
  add_device(link, channel);
  add_device(Topology::reverse(link), channel);
}

void Packets::add_device(LinkId id, const ns3::Ptr<ns3::PointToPointChannel> &channel) {
  const Link &link = topology_.link(id);
  const ns3::Ptr<ns3::Node> &node = nodes_[link.from];
  const auto device = ns3::CreateObject<ns3::PointToPointNetDevice>();
  device->SetDataRate(ns3::DataRate(static_cast<std::uint64_t>(std::llround(link.rate * 1e9))));
  device->SetMtu(static_cast<std::uint16_t>(settings_.wire.payload + 100));
  device->SetAddress(ns3::Mac48Address::Allocate());
  // One packet waits in the device, as in a driver with a short ring: the queue is the disc's.
  const auto queue = ns3::CreateObject<PaddingQueue>(settings_.wire.header - kOwnHeaders);
  queue->SetMaxSize(ns3::QueueSize("1p"));
  device->SetQueue(queue);
  node->AddDevice(device);
  device->Attach(channel);
  const auto flow_control = ns3::CreateObject<ns3::NetDeviceQueueInterface>();
  flow_control->GetTxQueue(0)->ConnectQueueTraces(ns3::Ptr<ns3::Queue<ns3::Packet>>(queue));
  device->AggregateObject(flow_control);

  const auto ip = node->GetObject<ns3::Ipv4>();
  const std::uint32_t interface = ip->AddInterface(device);
  ip->AddAddress(interface, ns3::Ipv4InterfaceAddress(address_of(link.from), ns3::Ipv4Mask("255.0.0.0")));
  ip->SetUp(interface);
  discs_[id] = ns3::CreateObject<StepMarker>(bytes_of(settings_.ecn_k_kb), bytes_of(settings_.buffer_kb));
  node->GetObject<ns3::TrafficControlLayer>()->SetRootQueueDiscOnDevice(device, discs_[id]);

  devices_[id] = device;
  ways_[id] = ns3::Create<ns3::Ipv4Route>();
  ways_[id]->SetSource(address_of(link.from));
  ways_[id]->SetGateway(ns3::Ipv4Address::GetAny());
  ways_[id]->SetOutputDevice(device);
}

double Packets::now_ns() const {
  return static_cast<double>(ns3::Simulator::Now().GetTimeStep()) / kPsPerNs - lead_ns_;
}

ns3::EventId Packets::at(double time_ns, std::function<void()> what) {
  const std::int64_t time = std::llround((time_ns + lead_ns_) * kPsPerNs);
  const std::int64_t delay = std::max<std::int64_t>(time - ns3::Simulator::Now().GetTimeStep(), 0);
  return ns3::Simulator::Schedule(ns3::TimeStep(static_cast<std::uint64_t>(delay)), std::move(what));
}

void Packets::run() { ns3::Simulator::Run(); }
void Packets::stop() { ns3::Simulator::Stop(); }
std::uint64_t Packets::events() const { return ns3::Simulator::GetEventCount(); }

Ends Packets::pin(NodeId source, NodeId destination, const Route &route, Connection *connection) {
  const Ends ends{source, destination,
                  static_cast<std::uint16_t>(kFirstClientPort + opened_[source]++ % kClientPorts), kServerPort};
  Pin &pin = pins_[pin_key(ends)];
  if (pin.connection)
    throw Error(fmt::format("node {} has {} connections at once: no port is left", source, kClientPorts));
  pin = {route, connection};
  return ends;
}

void Packets::forget(const Ends &ends) { pins_.at(pin_key(ends)).connection = nullptr; }

ns3::Ptr<ns3::Ipv4Route> Packets::way(NodeId node, const Ends &packet) const {
  const bool back = packet.client_port < kFirstClientPort;
  const auto found = pins_.find(pin_key(
      back ? Ends{packet.destination, packet.source, packet.server_port, packet.client_port} : packet));
  if (found == pins_.end()) return nullptr;
  for (const LinkId link : found->second.route) {
    const LinkId out = back ? Topology::reverse(link) : link;
    if (topology_.link(out).from == node) return ways_[out];
  }
  return nullptr;
}

void Packets::listen(NodeId host) {
  const auto socket = ns3::Socket::CreateSocket(nodes_[host], ns3::TcpSocketFactory::GetTypeId());
  socket->Bind(ns3::InetSocketAddress(ns3::Ipv4Address::GetAny(), kServerPort));
  socket->Listen();
  socket->SetAcceptCallback(ns3::MakeNullCallback<bool, ns3::Ptr<ns3::Socket>, const ns3::Address &>(),
                            ns3::MakeCallback(&Packets::accepted, this));
}

void Packets::accepted(ns3::Ptr<ns3::Socket> socket, const ns3::Address &from) {
  ns3::Address own;
  socket->GetSockName(own);
  const auto here = ns3::InetSocketAddress::ConvertFrom(own), there = ns3::InetSocketAddress::ConvertFrom(from);
  const auto found = pins_.find(pin_key(
      Ends{node_of(there.GetIpv4()), node_of(here.GetIpv4()), there.GetPort(), here.GetPort()}));
  if (found != pins_.end() && found->second.connection) found->second.connection->accept(socket);
}

ns3::Ptr<ns3::Socket> Packets::client(const Ends &ends) {
  const auto socket = ns3::Socket::CreateSocket(nodes_[ends.source], ns3::TcpSocketFactory::GetTypeId());
  socket->Bind(ns3::InetSocketAddress(address_of(ends.source), ends.client_port));
  if (settings_.transport == Congestion::bbr) {
    // Its stream of random numbers by the connection, not by how many the process has had before.
    ns3::PointerValue operations;
    socket->GetAttribute("CongestionOps", operations);
    operations.Get<ns3::TcpBbr>()->SetStream(static_cast<std::uint32_t>(pins_.size()));
  }
  return socket;
}

// The disc counts IP packets, the device all that it sends.
std::uint64_t Packets::queue_bytes(LinkId link) const {
  const std::uint64_t more = settings_.wire.header - kIpTcp;
  return discs_[link]->GetNBytes() + discs_[link]->GetNPackets() * more + devices_[link]->GetQueue()->GetNBytes();
}

LinkCount Packets::count(LinkId link) const {
  const ns3::QueueDisc::Stats &stats = discs_[link]->GetStats();
  const std::uint64_t more = settings_.wire.header - kIpTcp;
  return {stats.nTotalSentBytes + stats.nTotalSentPackets * more, stats.nTotalMarkedPackets,
          stats.nTotalDroppedPackets};
}

}  // namespace liteflow::sim
