// SPDX-License-Identifier: GPL-2.0
// Parsimon (arXiv 2205.01234): a network's flow completion times from simulations of its links, one by one.
//
// Every link is simulated with the flows that use it, or one link for all that are like it. A flow's delay there, its
// time less what it would be alone, divided by its packets, is a sample for flows of about its size. A flow then takes
// what it takes alone and, for each of its links, one sample times its packets, as if delays on links had nothing to do
// with one another.
//
// Published sources let their flows take turns, so that few wait there. Ours have one queue, as a host's device has: a
// link's simulation is repeated without the link, and what flows wait then is no delay of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "tools/lf-sim/net/completions.h"
#include "tools/lf-sim/net/flows.h"
#include "tools/lf-sim/net/routing.h"
#include "tools/lf-sim/net/wire.h"
#include "tools/lf-sim/parsimon/buckets.h"
#include "tools/lf-sim/parsimon/clusters.h"
#include "tools/lf-sim/parsimon/decomposition.h"
#include "tools/lf-sim/parsimon/transport.h"

namespace liteflow::sim {

struct ParsimonSettings {
  parsimon::Transport transport;
  parsimon::Queues queues;
  std::uint32_t ack_bytes = 60;  // on the wire, for each packet
  parsimon::BucketRule buckets;
  bool clustered = true;
  parsimon::Likeness likeness;
  // A flow's own delay on a link that was simulated with it, rather than that of any flow of about its size. Not
  // published; of use where flows are asked for one by one, or links have too few for buckets.
  bool own_delays = false;
  std::uint64_t seed = 0;
  std::size_t threads = 1;  // no result depends on it
  // Packets of the links that are done and of all that are to do; not from two threads at once, though not from the
  // caller's. May throw to end the run. May be empty.
  std::function<void(std::uint64_t, std::uint64_t)> progress;
};

// A link that flows use. What follows `simulated` is of the simulation that stands for it.
struct ParsimonLink {
  LinkId link = 0, simulated = 0;
  std::size_t flows = 0;      // its own
  double rate = 0;            // bits/ns, its own, less ACKs
  std::size_t buckets = 0;
  std::uint64_t packets = 0, sent = 0, dropped = 0, marked = 0, timeouts = 0, events = 0;
  double mean_queue_bytes = 0, most_queue_bytes = 0;
  double mean_packet_ns = 0;  // delay for each packet, mean over flows
  double seconds = 0;
};

struct ParsimonRun {
  std::vector<Completion> completions;  // of each flow
  std::vector<ParsimonLink> links;      // by id
  std::size_t clusters = 0;             // simulations
  std::uint64_t packets = 0;            // of these, delivered
  std::uint64_t events = 0;
  struct Seconds {                      // wall time
    double decompose = 0, cluster = 0, simulate = 0, aggregate = 0;
  } seconds;
};

// flows by start, routes as routes_of() gives them. Throws Error for settings out of range and for what does not fit
// together. The same input and seed give the same bytes.
ParsimonRun run_parsimon(const Topology &topology, const std::vector<Flow> &flows, const std::vector<Route> &routes,
                         const Wire &wire, const ParsimonSettings &settings);

}  // namespace liteflow::sim
