// SPDX-License-Identifier: GPL-2.0
// Truth: flows over TCP, packet by packet, by ns-3. Each flow has a connection of its own, which keeps to its route.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tools/lf-sim/net/completions.h"
#include "tools/lf-sim/net/routing.h"
#include "tools/lf-sim/net/settings.h"

namespace liteflow::sim {

struct TruthRun {
  // From the hand-over of the first byte, to an established connection, to the delivery of the last one.
  std::vector<Completion> completions;
  // Of each flow, from its (jittered) start to that hand-over: the handshake, if connections are opened at the start;
  // else 0 but for flows whose handshake took longer than the lead.
  std::vector<double> waited_ns;
  std::size_t late = 0;  // flows that waited though their connection was opened ahead
  std::vector<std::uint64_t> link_bytes;  // by link, with headers, acknowledgements and handshakes
  std::uint64_t events = 0, marked = 0, dropped = 0;  // of the simulator; packets
  double simulated_s = 0, wall_s = 0, cpu_s = 0;
};

// The clock of an application that opens a connection for each flow: from the start to the delivery of the last byte.
std::vector<Completion> application_clock(const TruthRun &run);

// routes: of each flow, as routes_of() makes them. trace: a file (trace.h), or empty. progress is told how many flows
// are done, often. Deterministic: the same arguments give the same run, whatever the process did before, but for wall_s
// and cpu_s. One at a time in a process. Error if settings or flows do not fit, or flows are left at the limit. ns-3
// itself ends the process at errors of its own.
TruthRun run_truth(const Topology &topology, const std::vector<Flow> &flows, const std::vector<Route> &routes,
                   const TcpSettings &settings, const std::string &trace = "",
                   const std::function<void(std::size_t done)> &progress = {});

}  // namespace liteflow::sim
