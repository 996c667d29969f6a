// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/parsimon/link_simulation.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <string>

#include "codegen/error.h"
#include "tools/lf-sim/parsimon/alone.h"
#include "tools/lf-sim/parsimon/event_heap.h"

namespace liteflow::sim::parsimon {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();
constexpr std::uint32_t kNone = ~std::uint32_t{0};
constexpr std::uint32_t kLater = 3;     // deliveries of later packets that tell of a loss
constexpr std::uint32_t kMostBackoff = 6;  // doublings of the timer

// What an event is about: the transmission's number within its flow, and flags.
constexpr std::uint32_t kIndexBits = 28, kIndex = (1U << kIndexBits) - 1;
constexpr std::uint32_t kAck = 1U << 28, kTimer = 1U << 29, kMarked = 1U << 30;
constexpr std::uint32_t kLast = 1U << 31;  // the packet is the flow's last, which can be shorter

// A queue and the link that it feeds. Its length is the time until it is empty.
class Port {
 public:
  explicit Port(const PortSpec &spec)
      : ns_per_bit_(1 / spec.rate), mark_ns_(spec.mark_bytes * 8 / spec.rate),
        buffer_ns_(spec.buffer_bytes * 8 / spec.rate) {}

  double queue_ns(double now) const { return std::max(0.0, free_ns_ - now); }
  double bytes_in(double ns) const { return ns / ns_per_bit_ / 8; }
  bool marks(double now) const { return queue_ns(now) > mark_ns_; }
  bool fits(double now, double bits) const { return queue_ns(now) + bits * ns_per_bit_ <= buffer_ns_; }
  // When it is sent.
  double add(double now, double bits) { return free_ns_ = std::max(free_ns_, now) + bits * ns_per_bit_; }

 private:
  double ns_per_bit_, mark_ns_, buffer_ns_;
  double free_ns_ = 0;
};

struct Sender {
  explicit Sender(const Transport &transport) : window(transport) {}

  Window window;
  double full_rtt_ns = 0, last_bits = 0;
  std::uint32_t unsent = 0, to_repeat = 0;     // packets; the latter are known to be lost
  std::uint32_t in_flight = 0, undelivered = 0;
  std::uint32_t sent = 0;                      // transmissions
  std::uint32_t first_loss = kNone, last_loss = kNone;  // not known to the sender yet, by number
  std::uint32_t backoff = 0;
  bool last_is_lost = false;                   // it is among those to repeat
};

struct Loss {
  std::uint32_t transmission = 0, next = kNone;
  double timer_ns = 0;
  bool last = false;
};

class Simulation {
 public:
  Simulation(const LinkSpec &spec, const Wire &wire, const Transport &transport)
      : spec_(spec), transport_(transport), full_bits_((wire.payload + wire.header) * 8.0), link_(spec.link),
        sources_(spec.sources.begin(), spec.sources.end()) {
    run_.fct_ns.resize(spec.flows.size());
    run_.alone_ns.reserve(spec.flows.size());
    senders_.reserve(spec.flows.size());
    Alone alone(transport);
    for (const LinkFlow &flow : spec.flows) add(flow, Packets(wire, flow.bytes), alone);
  }

  LinkRun run() {
    std::size_t next = 0;
    while (true) {
      const double start = next < spec_.flows.size() ? spec_.flows[next].start_ns : kNever;
      if (events_.empty() || start <= events_.top().time_ns) {
        if (start == kNever) break;
        now_ = start;
        send(static_cast<std::uint32_t>(next++));
        continue;
      }
      const Event event = events_.top();
      events_.pop();
      now_ = event.time_ns;
      run_.events++;
      happen(event);
    }
    if (offered_) run_.mean_queue_bytes = link_.bytes_in(queue_ns_sum_) / static_cast<double>(offered_);
    run_.most_queue_bytes = link_.bytes_in(most_queue_ns_);
    return std::move(run_);
  }

 private:
  void add(const LinkFlow &flow, const Packets &packets, Alone &alone) {
    // Half of the numbers are left for what is sent again.
    if (packets.number > kIndex / 2)
      throw Error("parsimon: a flow of " + std::to_string(flow.bytes) + " bytes has too many packets: split it");
    const double first_rate = sources_.empty() ? 0 : spec_.sources[flow.source].rate;
    const Pipe pipe{first_rate, spec_.link.rate, flow.before_ns, flow.after_ns, flow.back_ns};
    Sender &s = senders_.emplace_back(transport_);
    s.full_rtt_ns = pipe.rtt_ns(full_bits_);
    s.last_bits = packets.last_bits;
    s.unsent = s.undelivered = static_cast<std::uint32_t>(packets.number);
    run_.alone_ns.push_back(alone.ns(pipe, packets));
  }

  void happen(const Event &event) {
    const std::uint32_t transmission = event.what & kIndex;
    if (event.what & kTimer)
      time_out(event.flow, transmission);
    else if (event.what & kAck)
      acknowledge(event.flow, transmission, event.what & kMarked);
    else
      arrive(event.flow, event.what);
  }

  // What the window allows. First what was lost, its last packet after the others.
  void send(std::uint32_t flow) {
    Sender &s = senders_[flow];
    while ((s.unsent || s.to_repeat) && s.in_flight + 1 <= s.window.packets()) {
      bool last;
      if (s.to_repeat) {
        last = s.last_is_lost && s.to_repeat == 1;
        if (last) s.last_is_lost = false;
        s.to_repeat--;
      } else {
        last = s.unsent == 1;
        s.unsent--;
      }
      if (s.sent == kIndex) throw Error("parsimon: a flow lost too many packets: give the queues more buffer");
      s.in_flight++;
      run_.sent++;
      transmit(flow, s.sent++ | (last ? kLast : 0));
    }
  }

  double bits_of(const Sender &s, std::uint32_t what) const { return what & kLast ? s.last_bits : full_bits_; }

  void transmit(std::uint32_t flow, std::uint32_t what) {
    if (sources_.empty()) return arrive(flow, what);
    const LinkFlow &f = spec_.flows[flow];
    Port &source = sources_[f.source];
    const double bits = bits_of(senders_[flow], what);
    if (!source.fits(now_, bits)) return drop(flow, what);
    if (source.marks(now_)) what |= kMarked;
    events_.push({source.add(now_, bits) + f.before_ns, flow, what});
  }

  void arrive(std::uint32_t flow, std::uint32_t what) {
    const LinkFlow &f = spec_.flows[flow];
    Sender &s = senders_[flow];
    const double bits = bits_of(s, what), queue_ns = link_.queue_ns(now_);
    offered_++;
    queue_ns_sum_ += queue_ns;
    if (!link_.fits(now_, bits)) return drop(flow, what);
    if (link_.marks(now_)) what |= kMarked;
    const double sent_ns = link_.add(now_, bits);
    most_queue_ns_ = std::max(most_queue_ns_, link_.queue_ns(now_));
    run_.packets++;
    run_.marked += (what & kMarked) != 0;
    if (--s.undelivered == 0) {
      run_.fct_ns[flow] = sent_ns + f.after_ns - f.start_ns;
    } else if (s.unsent || s.to_repeat || s.first_loss != kNone) {
      events_.push({sent_ns + f.after_ns + f.back_ns, flow, (what & ~kLast) | kAck});
    } else {
      s.in_flight--;  // nobody waits for its ACK
    }
  }

  void acknowledge(std::uint32_t flow, std::uint32_t transmission, bool marked) {
    Sender &s = senders_[flow];
    if (!s.undelivered) return;
    s.in_flight--;
    s.backoff = 0;
    s.window.acked(transport_, transmission, s.sent, marked, now_, s.full_rtt_ns);
    while (s.first_loss != kNone && losses_[s.first_loss].transmission + kLater <= transmission) {
      s.window.lost(transport_, losses_[s.first_loss].transmission, s.sent);
      learn(s);
    }
    send(flow);
  }

  // Of the first loss.
  void learn(Sender &s) {
    const std::uint32_t i = s.first_loss;
    s.first_loss = losses_[i].next;
    if (s.first_loss == kNone) s.last_loss = kNone;
    s.last_is_lost |= losses_[i].last;
    s.in_flight--;
    s.to_repeat++;
    losses_[i].next = free_loss_;
    free_loss_ = i;
  }

  void drop(std::uint32_t flow, std::uint32_t what) {
    run_.dropped++;
    Sender &s = senders_[flow];
    const double rto_ns = std::max(transport_.min_rto_ns, 2 * s.full_rtt_ns) * (1U << s.backoff);
    if (free_loss_ == kNone) {
      free_loss_ = static_cast<std::uint32_t>(losses_.size());
      losses_.emplace_back();
    }
    const std::uint32_t i = free_loss_;
    free_loss_ = losses_[i].next;
    losses_[i] = {what & kIndex, kNone, now_ + rto_ns, (what & kLast) != 0};
    place(s, i);
    events_.push({now_ + rto_ns, flow, (what & kIndex) | kTimer});
  }

  // By number: one that the source's own queue drops is known before an earlier one is dropped further on.
  void place(Sender &s, std::uint32_t i) {
    const std::uint32_t transmission = losses_[i].transmission;
    if (s.last_loss == kNone) {
      s.first_loss = s.last_loss = i;
    } else if (losses_[s.last_loss].transmission < transmission) {
      s.last_loss = losses_[s.last_loss].next = i;
    } else {
      std::uint32_t *link = &s.first_loss;
      while (losses_[*link].transmission < transmission) link = &losses_[*link].next;
      losses_[i].next = *link;
      *link = i;
    }
  }

  // Only if the sender has not learnt of that loss since.
  void time_out(std::uint32_t flow, std::uint32_t transmission) {
    Sender &s = senders_[flow];
    std::uint32_t i = s.first_loss;
    while (i != kNone && losses_[i].transmission < transmission) i = losses_[i].next;
    if (i == kNone || losses_[i].transmission != transmission) return;
    run_.timeouts++;
    s.backoff = std::min(s.backoff + 1, kMostBackoff);
    s.window.timed_out(transport_, s.sent);
    while (s.first_loss != kNone) learn(s);
    send(flow);
  }

  const LinkSpec &spec_;
  const Transport &transport_;
  double full_bits_;
  Port link_;
  std::vector<Port> sources_;
  std::vector<Sender> senders_;
  std::vector<Loss> losses_;  // free ones are a list
  std::uint32_t free_loss_ = kNone;
  EventHeap events_;
  double now_ = 0;
  std::uint64_t offered_ = 0;
  double queue_ns_sum_ = 0, most_queue_ns_ = 0;
  LinkRun run_;
};

}  // namespace

LinkRun simulate_link(const LinkSpec &spec, const Wire &wire, const Transport &transport) {
  return Simulation(spec, wire, transport).run();
}

LinkSpec without_link(const LinkSpec &spec, const Wire &wire) {
  constexpr double kFaster = 1e6;
  LinkSpec without = spec;
  without.link = {spec.link.rate * kFaster, kNever, kNever};
  const double full_ns = (wire.payload + wire.header) * 8 / spec.link.rate;
  for (LinkFlow &flow : without.flows) flow.after_ns += full_ns;
  return without;
}

}  // namespace liteflow::sim::parsimon
