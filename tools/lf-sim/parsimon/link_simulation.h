// SPDX-License-Identifier: GPL-2.0
// Link simulation: packets of many flows over one link, each first over its source's own link. The rest of the network
// is delay. Queues are first come, first served; they mark from a threshold on and drop what does not fit, both when a
// packet comes, as a switch's RED queue with both thresholds alike does.
//
// What a source's link does to a packet is known when it is sent, since nobody else sends there; so a packet costs two
// events, its arrival at the link and its ACK, and only the first if nobody waits for the second.
#pragma once

#include <cstdint>
#include <vector>

#include "tools/lf-sim/net/wire.h"
#include "tools/lf-sim/parsimon/transport.h"

namespace liteflow::sim::parsimon {

struct PortSpec {
  double rate = 0;          // bits/ns, > 0
  double mark_bytes = 0;    // queue beyond which a packet is marked, with the one being sent; infinity: none is
  double buffer_bytes = 0;  // queue that a packet fits in; at least one packet
};

struct LinkFlow {
  double start_ns = 0;
  std::uint64_t bytes = 0;   // payload, >= 1
  std::uint32_t source = 0;  // of LinkSpec's
  double before_ns = 0;      // from the source's link to this one: propagation, and sending on links that are left out
  double after_ns = 0;       // from the end of sending on this one to the destination
  double back_ns = 0;        // of an ACK, from the destination to the source
};

struct LinkSpec {
  PortSpec link;
  std::vector<PortSpec> sources;  // empty: the link is the sources' own
  std::vector<LinkFlow> flows;    // by start
};

struct LinkRun {
  std::vector<double> fct_ns;      // of each flow
  std::vector<double> alone_ns;    // the same, had it been alone: Alone
  std::uint64_t packets = 0;       // delivered
  std::uint64_t sent = 0;          // transmissions, those that were dropped among them
  std::uint64_t dropped = 0, marked = 0;
  std::uint64_t timeouts = 0;
  std::uint64_t events = 0;
  double mean_queue_bytes = 0;     // that packets found at the link
  double most_queue_bytes = 0;
};

// Until all flows are delivered. Throws Error for a flow with more packets than can be numbered (2^28). Any thread.
LinkRun simulate_link(const LinkSpec &spec, const Wire &wire, const Transport &transport);

// The same with the link so fast that nobody waits there, and the sending of a full packet as delay: what is left is
// what flows wait at their sources.
LinkSpec without_link(const LinkSpec &spec, const Wire &wire);

}  // namespace liteflow::sim::parsimon
