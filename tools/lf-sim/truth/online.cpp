// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/truth/online.h"

#include <cmath>
#include <deque>
#include <map>

#include <fmt/format.h>

#include "codegen/error.h"
#include "tools/lf-sim/truth/connection.h"
#include "tools/lf-sim/truth/packets.h"

namespace liteflow::sim {

class Ns3Network::Impl {
 public:
  Impl(const Topology &topology, const TcpSettings &settings, const std::vector<std::pair<NodeId, NodeId>> &pairs)
      : topology_(topology), ecmp_(topology), packets_(topology, settings, settings.lead_ms * 1e6) {
    // One after another in the first half of the lead, so that handshakes don't meet.
    const double step_ns = settings.lead_ms * 1e6 / 2 / static_cast<double>(pairs.size() + 1);
    for (std::size_t i = 0; i < pairs.size(); i++) {
      const auto [source, destination] = pairs[i];
      check_hosts(source, destination, "a pair");
      packets_.at(packets_.now_ns() + static_cast<double>(i) * step_ns,
                  [this, pair = pairs[i]] { idle_[pair].push_back(&open(pair)); });
    }
    run_until(0);
  }

  void add(const Flow &flow) {
    check_hosts(flow.source, flow.destination, fmt::format("flow {}", flow.id));
    if (flow.bytes == 0) throw Error(fmt::format("flow {}: has no bytes", flow.id));
    const auto start = static_cast<double>(flow.start_ns);
    // Half a nanosecond: starts are whole ones, completions are not.
    if (start < packets_.now_ns() - 0.5)
      throw Error(fmt::format("flow {}: starts at {} ns, but it is {} ns already", flow.id, flow.start_ns,
                              packets_.now_ns()));
    pending_++;
    packets_.at(start, [this, flow] { begin(flow); });
  }

  std::optional<Done> next(double until_ns) {
    if (done_.empty() && (pending_ > 0 || std::isfinite(until_ns))) run_until(until_ns);
    if (done_.empty()) return std::nullopt;
    const Done done = done_.front();
    done_.pop_front();
    return done;
  }

 private:
  using Pair = std::pair<NodeId, NodeId>;

  void check_hosts(NodeId source, NodeId destination, const std::string &what) const {
    for (const NodeId node : {source, destination})
      if (node >= topology_.nodes() || topology_.is_switch(node))
        throw Error(fmt::format("{}: node {} is no host of the topology", what, node));
    if (source == destination) throw Error(fmt::format("{}: goes from node {} to itself", what, source));
  }

  // To that time, or to the completion before it.
  void run_until(double until_ns) {
    if (until_ns < packets_.now_ns()) return;
    ns3::EventId end;
    if (std::isfinite(until_ns)) end = packets_.at(until_ns, [this] { packets_.stop(); });
    packets_.run();
    end.Cancel();
  }

  Connection &open(const Pair &pair) {
    const std::uint32_t number = opened_[pair]++;
    connections_.emplace_back(packets_, pair.first, pair.second,
                              ecmp_.route(pair.first, pair.second, key_of(pair.first, pair.second, number)));
    return connections_.back();
  }

  void begin(const Flow &flow) {
    const Pair pair{flow.source, flow.destination};
    std::deque<Connection *> &idle = idle_[pair];
    Connection *connection = idle.empty() ? &open(pair) : idle.front();
    if (!idle.empty()) idle.pop_front();
    connection->send(flow.bytes, [] {}, [this, pair, connection, id = flow.id] {
      idle_[pair].push_back(connection);
      done_.push_back({id, packets_.now_ns()});
      pending_--;
      packets_.stop();
    });
  }

  const Topology &topology_;
  Ecmp ecmp_;
  Packets packets_;
  std::deque<Connection> connections_;
  std::map<Pair, std::uint32_t> opened_;
  std::map<Pair, std::deque<Connection *>> idle_;
  std::deque<Done> done_;
  std::size_t pending_ = 0;  // added and not completed
};

Ns3Network::Ns3Network(const Topology &topology, const TcpSettings &settings,
                       const std::vector<std::pair<NodeId, NodeId>> &pairs)
    : impl_(std::make_unique<Impl>(topology, settings, pairs)) {}

Ns3Network::~Ns3Network() = default;

void Ns3Network::add(const Flow &flow) { impl_->add(flow); }

std::optional<Done> Ns3Network::next(double until_ns) { return impl_->next(until_ns); }

}  // namespace liteflow::sim
