// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/parsimon/alone.h"

#include <algorithm>

namespace liteflow::sim::parsimon {

Packets::Packets(const Wire &wire, std::uint64_t bytes)
    : number((bytes + wire.payload - 1) / wire.payload), full_bits((wire.payload + wire.header) * 8.0),
      last_bits(static_cast<double>(bytes - (number - 1) * wire.payload + wire.header) * 8) {}

double Alone::ns(const Pipe &pipe, const Packets &packets) {
  const auto initial = static_cast<std::uint64_t>(transport_.initial_window);
  const auto most = static_cast<std::uint64_t>(transport_.most_window);
  const bool two = pipe.first_rate > 0;
  const auto first_ns = [&](double bits) { return two ? bits / pipe.first_rate : 0; };
  const double full = packets.full_bits, slowest = two ? std::min(pipe.first_rate, pipe.second_rate) : pipe.second_rate;
  // The window grows by one with each ACK up to the greatest: packet n goes when n is less than the initial window and
  // twice the number of ACKs, and less than the greatest and their number.
  const auto start_of = [&](std::uint64_t n) {
    const std::uint64_t needs = std::max(n >= initial ? (n - initial) / 2 + 1 : 0, n >= most ? n - most + 1 : 0);
    return needs ? acks_ns_[needs - 1] : 0;
  };
  const std::uint64_t last = packets.number - 1;
  double first_free = 0, second_free = 0;  // when the links have sent what they have
  std::uint64_t idle = 0;                  // the last packet that found the slower link idle
  acks_ns_.clear();
  std::uint64_t n = 0;
  for (; n < last; n++) {
    // All at once; or no pause in more than a round, of which each is twice the one before: there is none to come.
    if (n > 0 && (packets.number <= initial || n > 2 * idle + 2 * initial)) break;
    const double start = start_of(n), sent = std::max(first_free, start) + first_ns(full);
    const double arrives = sent + pipe.before_ns;
    if (two && slowest == pipe.first_rate ? start > first_free : arrives > second_free) idle = n;
    first_free = sent;
    second_free = std::max(second_free, arrives) + full / pipe.second_rate;
    acks_ns_.push_back(second_free + pipe.after_ns + pipe.back_ns);
  }
  const double start = n < last ? 0 : start_of(last), rest = static_cast<double>(last - n) * full / slowest;
  const double arrives = std::max(first_free + rest, start) + first_ns(packets.last_bits) + pipe.before_ns;
  return std::max(second_free + rest, arrives) + packets.last_bits / pipe.second_rate + pipe.after_ns;
}

}  // namespace liteflow::sim::parsimon
