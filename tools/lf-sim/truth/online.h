// SPDX-License-Identifier: GPL-2.0
// Ns3Network: packets for an asker that waits for completions before it says what comes next, such as a collective.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "tools/lf-sim/net/network.h"
#include "tools/lf-sim/net/settings.h"

namespace liteflow::sim {

// Connections are kept, as by collective libraries: a flow takes one of its pair that has nothing to send, with the
// window and the route that it has; if there is none, one is opened at the flow's start, and its handshake is in the
// flow's time. One of each of `pairs` is opened before time 0. settings: neither jitter nor limit are used.
// Keeps a reference to the topology. One at a time in a process, and no run_truth() beside it: Error.
class Ns3Network : public Network {
 public:
  Ns3Network(const Topology &topology, const TcpSettings &settings,
             const std::vector<std::pair<NodeId, NodeId>> &pairs = {});
  ~Ns3Network() override;

  // Error if the flow starts in the past, has no bytes, or does not go from a host to another one.
  void add(const Flow &flow) override;
  std::optional<Done> next(double until_ns) override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace liteflow::sim
