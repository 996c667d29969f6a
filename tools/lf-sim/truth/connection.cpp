// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/truth/connection.h"

#include <algorithm>
#include <utility>

#include <ns3/inet-socket-address.h>
#include <ns3/packet.h>

#include "tools/lf-sim/truth/pinned_routing.h"

namespace liteflow::sim {
namespace {

using ns3::Ptr;
using ns3::Socket;

void close(Ptr<Socket> socket) { socket->Close(); }

void deaf(const Ptr<Socket> &socket) {
  socket->SetRecvCallback(ns3::MakeNullCallback<void, Ptr<Socket>>());
  socket->SetSendCallback(ns3::MakeNullCallback<void, Ptr<Socket>, std::uint32_t>());
  socket->SetConnectCallback(ns3::MakeNullCallback<void, Ptr<Socket>>(), ns3::MakeNullCallback<void, Ptr<Socket>>());
}

}  // namespace

Connection::Connection(Packets &packets, NodeId source, NodeId destination, const Route &route)
    : packets_(packets), ends_(packets.pin(source, destination, route, this)) {
  client_ = packets.client(ends_);
  client_->SetConnectCallback(ns3::MakeCallback(&Connection::established, this),
                              ns3::MakeNullCallback<void, Ptr<Socket>>());
  client_->Connect(ns3::InetSocketAddress(address_of(destination), ends_.server_port));
}

Connection::~Connection() {
  packets_.forget(ends_);
  deaf(client_);
  if (server_) deaf(server_);
  client_->Close();
}

void Connection::accept(const Ptr<Socket> &server) {
  server_ = server;
  server->SetRecvCallback(ns3::MakeCallback(&Connection::receive, this));
  server->SetCloseCallbacks(ns3::MakeCallback(&close), ns3::MakeNullCallback<void, Ptr<Socket>>());
}

void Connection::established(Ptr<Socket>) {
  established_ = true;
  if (waiting_) begin();
}

void Connection::send(std::uint64_t bytes, std::function<void()> begun, std::function<void()> done) {
  unsent_ = bytes;
  wanted_ += bytes;
  begun_ = std::move(begun);
  done_ = std::move(done);
  if (established_)
    begin();
  else
    waiting_ = true;
}

void Connection::begin() {
  waiting_ = false;
  begun_();
  client_->SetSendCallback(ns3::MakeCallback(&Connection::room, this));
  write();
}

// The bytes themselves are never stored: ns-3 keeps their number.
void Connection::write() {
  while (unsent_ > 0) {
    const auto bytes = static_cast<std::uint32_t>(std::min<std::uint64_t>(unsent_, client_->GetTxAvailable()));
    if (!bytes || client_->Send(ns3::Create<ns3::Packet>(bytes)) < 0) return;
    unsent_ -= bytes;
  }
}

void Connection::room(Ptr<Socket>, std::uint32_t) { write(); }

void Connection::receive(Ptr<Socket> server) {
  while (const Ptr<ns3::Packet> packet = server->Recv()) {
    if (!packet->GetSize()) break;
    received_ += packet->GetSize();
  }
  if (received_ == wanted_ && done_) std::exchange(done_, nullptr)();
}

}  // namespace liteflow::sim
