// SPDX-License-Identifier: GPL-2.0
// Settings of a packet-level simulation: transport, queues, connections, and what is drawn at random.
#pragma once

#include <cstdint>
#include <string>

#include "tools/lf-sim/net/wire.h"

namespace liteflow::sim {

enum class Congestion { dctcp, cubic, newreno, bbr };

struct TcpSettings {
  Congestion transport = Congestion::dctcp;
  // Of the queue of each direction of a cable, hosts' own included, in kB of IP packets (payload + 40 bytes).
  double buffer_kb = 4000;
  // Queue from which on a packet is marked (RED with both thresholds there and no average); 0: none is. DCTCP needs it;
  // CUBIC and NewReno then use classic ECN; BBR takes no notice of marks and must have 0.
  double ecn_k_kb = 30;
  double window_kb = 4000;  // what a sender may have under way at most: the receiver's buffer
  std::uint32_t first_window = 10;  // packets
  double min_rto_ms = 5;            // also of a handshake
  // Payload and header bytes of a packet; ns-3's own headers are 42, the rest is padded on each link.
  Wire wire;
  // A flow's connection is opened that long before its flow starts; or at its start, and then the handshake is inside
  // of the application's clock.
  bool open_at_start = false;
  double lead_ms = 1;
  double jitter_ns = 0;     // each start is moved later by a uniform share of it
  std::uint64_t seed = 1;   // of the jitter, and of what BBR draws
  double limit_s = 30;      // simulated, after the last start: then it is an Error that flows are left
};

// "dctcp", "cubic", "newreno", "bbr"; Error naming them.
Congestion congestion_of(const std::string &name);
std::string name_of(Congestion transport);

// Error naming the field that is out of range or does not fit another.
void check(const TcpSettings &settings);

// Every field, the transport by its name. Reading takes defaults for what is missing; Error with the file and the field
// that is unknown or wrong.
void write_settings(const std::string &file, const TcpSettings &settings);
TcpSettings read_settings(const std::string &file);

}  // namespace liteflow::sim
