// SPDX-License-Identifier: GPL-2.0
// Alone: how long a flow takes where nobody else is, with the window that it begins with.
#pragma once

#include <cstdint>
#include <vector>

#include "tools/lf-sim/net/wire.h"
#include "tools/lf-sim/parsimon/transport.h"

namespace liteflow::sim::parsimon {

// Packets of a flow; all but the last are full.
struct Packets {
  Packets(const Wire &wire, std::uint64_t bytes);

  std::uint64_t number = 0;
  double full_bits = 0, last_bits = 0;  // with headers
};

// Two links one after the other and what is around them.
struct Pipe {
  double first_rate = 0;  // bits/ns; 0: there is only the second
  double second_rate = 0;
  double before_ns = 0, after_ns = 0, back_ns = 0;  // to the second link, from its end on, and of the ACK

  double transmission_ns(double bits) const { return (first_rate > 0 ? bits / first_rate : 0) + bits / second_rate; }
  double rtt_ns(double bits) const { return transmission_ns(bits) + before_ns + after_ns + back_ns; }
};

// Nanoseconds from the first packet's sending to the last one's delivery, in slow start until the pipe is full. Nothing
// is marked and nothing lost. Not from two threads at once: it has scratch of its own.
class Alone {
 public:
  explicit Alone(const Transport &transport) : transport_(transport) {}
  double ns(const Pipe &pipe, const Packets &packets);

 private:
  Transport transport_;
  std::vector<double> acks_ns_;
};

}  // namespace liteflow::sim::parsimon
