// SPDX-License-Identifier: GPL-2.0
// Link: a packet-level simulation of one or several senders behind one bottleneck.
//
//   senders --(TSO bursts, pacing, cwnd)--> random loss --> FIFO, tail drop
//     ^                                                        | rate, bucket
//     +--(jitter, ACK compression)<-- receivers (delayed ACK) <+ base delay
//
// Senders share the queue and nothing else: pacing, window, receiver, ACKs and
// counters are each one's own.
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

#include "daemon/training/rng.h"

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
  std::vector<double> extra_rtt;    // of each sender, seconds beyond the link's base_rtt; none: 0
  double jitter = 0;                // mean of an exponential delay per ACK, seconds
  double burst_time = 1e-3;         // TSO: a burst holds what is paced in this time...
  unsigned burst_min = 2;           // ... at least and at most so many segments
  unsigned burst_max = 44;
  unsigned bucket = 0;              // token bucket of the bottleneck, segments
  double app_rate = 0;              // bytes per second that the application offers; 0: no limit
};

// The simulation's truth of one sender, in simulated packets since the start.
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
  // joins: when each sender sends its first packet, in seconds; one per sender.
  Link(LinkSpec spec, std::uint64_t seed, const std::vector<double> &joins = {0});

  // What a sender's congestion control decides: bytes per second, segments.
  void set_pacing(double rate, double cwnd, std::size_t sender = 0);

  struct Ack {
    std::int64_t rtt_us = 0;  // of the last packet acknowledged
    bool limited = false;     // the application had nothing to send since the last ACK
    std::size_t sender = 0;
  };
  // Run until any sender has processed one more ACK.
  Ack next_ack();

  // Without any queue, seconds.
  double base_rtt(std::size_t sender) const {
    return link_.base_rtt + (sender < spec_.extra_rtt.size() ? spec_.extra_rtt[sender] : 0);
  }

  // A connection's counters as the kernel has them.
  lf_counters counters(std::size_t sender = 0) const;
  std::uint32_t srtt_us(std::size_t sender = 0) const {
    return static_cast<std::uint32_t>(senders_[sender].srtt_ns / 1000);
  }
  double seconds() const { return static_cast<double>(now_) * 1e-9; }

  std::size_t senders() const { return senders_.size(); }
  std::size_t joined() const;  // senders that have begun to send
  bool has_joined(std::size_t sender) const { return senders_[sender].joins_at <= now_; }
  const LinkSpec &spec() const { return spec_; }
  const LinkState &state() const { return link_; }
  const LinkTotals &totals(std::size_t sender = 0) const { return senders_[sender].totals; }
  std::uint64_t queued() const { return queue_.size(); }  // packets waiting, of all senders
  // Packets neither acknowledged nor found lost.
  std::uint64_t in_flight(std::size_t sender = 0) const { return senders_[sender].in_flight; }
  double pacing(std::size_t sender = 0) const { return senders_[sender].rate; }  // bytes/s, as set
  // Bytes the bottleneck could have carried since the start.
  double offered_bytes() const;

 private:
  using Time = std::int64_t;
  static constexpr Time kNever = std::numeric_limits<Time>::max();
  static constexpr std::size_t kRing = 1 << 13;  // packets of a sender that may be outstanding
  static constexpr std::uint64_t kDupThresh = 3;

  struct PendingAck {
    Time time = 0;
    std::uint64_t up_to = 0;  // index of the last packet it covers
  };
  struct Packet {
    Time sent = 0;
    bool dropped = false;
  };
  // A packet in the bottleneck.
  struct Waiting {
    Time since = 0;
    std::uint64_t index = 0;
    std::size_t sender = 0;
  };

  // One connection: its sender, and its receiver behind the bottleneck.
  struct Sender {
    std::vector<Packet> packets;
    std::deque<PendingAck> acks;
    std::deque<std::uint64_t> losses;  // delivered count at which each is found
    LinkTotals totals;
    double rate = 1;          // bytes/s, as set
    Time send_at = 0, delayed_at = kNever, timeout_at = kNever;
    Time joins_at = 0;
    Time extra_ns = 0;        // of its round trip, on the way back
    Time pace_at = 0;         // earliest next departure from the sender
    Time pace_ns = 1, srtt_ns = 0;
    Time last_arrival = 0, last_ack = 0;
    std::uint64_t una = 0;    // first packet not acknowledged
    std::uint64_t next = 0;   // next packet to send
    std::uint64_t in_flight = 0, queued = 0;
    std::uint64_t cwnd = 4, burst = 1;
    std::uint64_t waiting = 0, waiting_last = 0;  // packets the receiver has not acknowledged
    std::uint64_t quick = 0;  // ACKs to send at once after a gap
    double app_sent = 0;      // bytes taken from the application
    bool limited = false;

    Packet &packet(std::uint64_t index) { return packets[index & (kRing - 1)]; }
    Time ack_at() const { return acks.empty() ? kNever : acks.front().time; }
    bool stalled() const { return send_at == kNever && delayed_at == kNever && acks.empty() && !queued; }
  };

  void use(const LinkState &link);
  void apply_change();
  void send(Sender &s, std::size_t id);
  void enqueue(Sender &s, std::size_t id);
  void depart();
  void receive(Sender &s, std::uint64_t index, Time arrival);
  void emit_ack(Sender &s, Time at);
  Ack process_ack(std::size_t id);
  void timeout(Sender &s);
  std::uint64_t available(const Sender &s) const;
  void draw_loss();

  LinkSpec spec_;
  LinkState link_;
  Rng rng_;
  std::vector<Sender> senders_;
  std::deque<Waiting> queue_;

  Time now_ = 0;
  Time change_at_ = kNever, depart_at_ = kNever;
  Time token_at_ = 0;     // when the bottleneck may send its next packet
  Time service_ns_ = 0, half_ns_ = 0;
  std::size_t next_change_ = 0;
  std::uint64_t buffer_ = 1, ack_every_ = 1;
  std::uint64_t loss_gap_ = 0;     // packets until the next random loss
  double offered_ = 0;             // bytes, until offered_from_
  Time offered_from_ = 0;
};

}  // namespace liteflow::aurora
