// SPDX-License-Identifier: GPL-2.0
// Link: a packet-level simulation of one sender behind one bottleneck.
//
//   sender --(TSO bursts, pacing, cwnd)--> random loss --> FIFO, tail drop
//     ^                                                       | rate, bucket
//     +--(jitter, ACK compression)<-- receiver (delayed ACK) <+ base delay
//
// Time is in nanoseconds and one simulated packet stands for `unit` segments,
// so that a fast path costs no more to simulate than a slow one. What the
// sender sees per ACK (counters, RTT sample, limited) is what the kernel gives
// to congestion control; the rest of the file's figures are the simulation's
// own truth, for rewards and tests.
#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <vector>

#include <liteflow/interval.h>

#include "daemon/aurora/rng.h"

namespace liteflow::aurora {

// What may change while a connection lives.
struct LinkState {
  double rate = 1.25e6;     // bytes of payload per second
  double base_rtt = 0.04;   // seconds, without any queue
  unsigned buffer = 35;     // segments that may wait
  double loss = 0;          // probability per packet, before the queue
};

struct LinkChange {
  double time = 0;  // seconds from the start
  LinkState link;
};

struct LinkSpec {
  LinkState link;
  std::vector<LinkChange> changes;  // ascending in time
  unsigned mss = 1448;              // bytes per segment
  unsigned unit = 1;                // segments per simulated packet
  unsigned ack_every = 2;           // segments per ACK
  double delayed_ack = 0.04;        // seconds until a lone segment is acknowledged
  double ack_hold = 0;              // ACK compression: ACKs arrive at multiples of this, seconds
  double jitter = 0;                // mean of an exponential delay per ACK, seconds
  double burst_time = 1e-3;         // TSO: a burst holds what is paced in this time...
  unsigned burst_min = 2;           // ... at least and at most so many segments
  unsigned burst_max = 44;
  unsigned bucket = 0;              // token bucket of the bottleneck, segments
  double app_rate = 0;              // bytes per second that the application offers; 0: no limit
};

// The simulation's truth, in simulated packets since the start.
struct LinkTotals {
  std::uint64_t sent = 0;
  std::uint64_t dropped = 0;      // buffer full
  std::uint64_t lost = 0;         // random loss
  std::uint64_t departed = 0;     // left the bottleneck
  std::uint64_t delivered = 0;    // acknowledged
  std::uint64_t marked_lost = 0;  // found lost by the sender
  double queue_seconds = 0;       // sum over departed packets of the time waited
};

class Link {
 public:
  Link(LinkSpec spec, std::uint64_t seed);

  // What the sender's congestion control decides: bytes per second, segments.
  void set_pacing(double rate, double cwnd);

  struct Ack {
    std::int64_t rtt_us = 0;  // of the last packet acknowledged
    bool limited = false;     // the application had nothing to send since the last ACK
  };
  // Run until the sender has processed one more ACK.
  Ack next_ack();

  // The connection's counters as the kernel has them.
  lf_counters counters() const;
  std::uint32_t srtt_us() const { return static_cast<std::uint32_t>(srtt_ns_ / 1000); }
  double seconds() const { return static_cast<double>(now_) * 1e-9; }

  const LinkSpec &spec() const { return spec_; }
  const LinkState &state() const { return link_; }
  const LinkTotals &totals() const { return totals_; }
  std::uint64_t queued() const { return queued_; }       // packets waiting
  std::uint64_t in_flight() const { return in_flight_; }  // packets neither acknowledged nor found lost
  // Bytes the bottleneck could have carried since the start.
  double offered_bytes() const;

 private:
  using Time = std::int64_t;
  static constexpr Time kNever = std::numeric_limits<Time>::max();
  static constexpr std::size_t kRing = 1 << 14;  // packets that may be outstanding
  static constexpr std::uint64_t kDupThresh = 3;

  struct Packet {
    Time sent = 0;
    bool dropped = false;
  };
  struct PendingAck {
    Time time = 0;
    std::uint64_t up_to = 0;  // index of the last packet it covers
  };

  Packet &packet(std::uint64_t index) { return packets_[index & (kRing - 1)]; }
  void use(const LinkState &link);
  void apply_change();
  void send();
  void enqueue();
  void depart();
  void receive(std::uint64_t index, Time arrival);
  void emit_ack(Time at);
  Ack process_ack();
  void timeout();
  std::uint64_t available();
  void draw_loss();

  LinkSpec spec_;
  LinkState link_;
  LinkTotals totals_;
  Rng rng_;
  std::vector<Packet> packets_;
  std::deque<PendingAck> acks_;
  std::deque<std::uint64_t> losses_;  // delivered count at which each is found

  Time now_ = 0;
  Time change_at_ = kNever, send_at_ = 0, depart_at_ = kNever, delayed_at_ = kNever;
  Time pace_at_ = 0;      // earliest next departure from the sender
  Time token_at_ = 0;     // when the bottleneck may send its next packet
  Time last_arrival_ = 0, last_ack_ = 0;
  Time service_ns_ = 0, half_ns_ = 0, pace_ns_ = 0;
  Time srtt_ns_ = 0;
  std::size_t next_change_ = 0;
  std::uint64_t head_ = 0;   // next packet to leave the bottleneck
  std::uint64_t una_ = 0;    // first packet not acknowledged
  std::uint64_t next_ = 0;   // next packet to send
  std::uint64_t queued_ = 0, in_flight_ = 0;
  std::uint64_t cwnd_ = 4, burst_ = 1, buffer_ = 1, ack_every_ = 1;
  std::uint64_t waiting_ = 0, waiting_last_ = 0;  // packets the receiver has not acknowledged
  std::uint64_t quick_ = 0;        // ACKs to send at once after a gap
  std::uint64_t loss_gap_ = 0;     // packets until the next random loss
  double offered_ = 0;             // bytes, until offered_from_
  Time offered_from_ = 0;
  double app_sent_ = 0;            // bytes taken from the application
  bool limited_ = false;
};

}  // namespace liteflow::aurora
