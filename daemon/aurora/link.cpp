// SPDX-License-Identifier: GPL-2.0
#include "daemon/aurora/link.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace liteflow::aurora {
namespace {

std::int64_t to_ns(double seconds) { return std::llround(seconds * 1e9); }

// Segments as simulated packets, at least one.
std::uint64_t to_packets(double segments, unsigned unit) {
  const double packets = segments / unit + 0.5;
  return packets < 1 ? 1 : static_cast<std::uint64_t>(packets);
}

}  // namespace

Link::Link(LinkSpec spec, std::uint64_t seed, const std::vector<double> &joins) : spec_(std::move(spec)), rng_(seed) {
  use(spec_.link);
  ack_every_ = to_packets(spec_.ack_every, spec_.unit);
  draw_loss();
  if (!spec_.changes.empty()) change_at_ = to_ns(spec_.changes.front().time);
  senders_.resize(joins.size());
  for (std::size_t i = 0; i < joins.size(); i++) {
    Sender &s = senders_[i];
    s.packets.resize(kRing);
    s.joins_at = s.send_at = s.pace_at = to_ns(joins[i]);
    s.extra_ns = to_ns(base_rtt(i) - link_.base_rtt);
    s.srtt_ns = 2 * half_ns_ + s.extra_ns + service_ns_;
    set_pacing(link_.rate / static_cast<double>(joins.size()), 10, i);
  }
}

std::size_t Link::joined() const {
  return static_cast<std::size_t>(
      std::count_if(senders_.begin(), senders_.end(), [&](const Sender &s) { return s.joins_at <= now_; }));
}

void Link::use(const LinkState &link) {
  offered_ = offered_bytes();
  offered_from_ = now_;
  link_ = link;
  service_ns_ = std::max<Time>(1, to_ns(spec_.unit * static_cast<double>(spec_.mss) / link.rate));
  half_ns_ = to_ns(link.base_rtt / 2);
  buffer_ = to_packets(link.buffer, spec_.unit);
}

double Link::offered_bytes() const {
  return offered_ + link_.rate * static_cast<double>(now_ - offered_from_) * 1e-9;
}

void Link::apply_change() {
  use(spec_.changes[next_change_++].link);
  change_at_ = next_change_ < spec_.changes.size() ? to_ns(spec_.changes[next_change_].time) : kNever;
  draw_loss();
  // The packet at the head was timed with the old rate: at most one service
  // time of error, which token_at_ carries on.
}

void Link::draw_loss() {
  // The gap to the next loss is geometric: one draw per loss, not per packet.
  constexpr double kFar = 1e12;
  const double gap = link_.loss <= 0 ? kFar
                                     : std::floor(std::log1p(-rng_.uniform()) / std::log1p(-link_.loss));
  loss_gap_ = static_cast<std::uint64_t>(std::min(gap, kFar));
}

void Link::set_pacing(double rate, double cwnd, std::size_t sender) {
  Sender &s = senders_[sender];
  const double segment_seconds = spec_.mss / rate;
  s.rate = rate;
  s.pace_ns = std::max<Time>(1, to_ns(spec_.unit * segment_seconds));
  const double burst = std::clamp(spec_.burst_time / segment_seconds, static_cast<double>(spec_.burst_min),
                                  static_cast<double>(spec_.burst_max));
  s.burst = to_packets(burst, spec_.unit);
  // Half the ring is left for packets that are lost but not yet known to be.
  s.cwnd = std::min<std::uint64_t>(to_packets(std::min(cwnd, 1e9), spec_.unit), kRing / 2);
  s.cwnd = std::max<std::uint64_t>(s.cwnd, 4);
  if (s.send_at == kNever && s.in_flight < s.cwnd) s.send_at = std::max(now_, s.pace_at);
}

lf_counters Link::counters(std::size_t sender) const {
  const LinkTotals &t = senders_[sender].totals;
  lf_counters c{};
  c.now_us = static_cast<std::uint64_t>(now_ / 1000);
  c.sent = static_cast<std::uint32_t>(t.sent * spec_.unit);
  c.delivered = static_cast<std::uint32_t>(t.delivered * spec_.unit);
  c.lost = static_cast<std::uint32_t>(t.marked_lost * spec_.unit);
  return c;
}

Link::Ack Link::next_ack() {
  for (;;) {
    // The first event; of equal ones a change, an ACK, a departure, then the rest.
    std::size_t who = 0;
    Time own = kNever;
    for (std::size_t i = 0; i < senders_.size(); i++) {
      Sender &s = senders_[i];
      if (!s.stalled()) s.timeout_at = kNever;
      else if (s.timeout_at == kNever) s.timeout_at = std::max(now_, s.pace_at) + 2 * s.srtt_ns;
      const Time at = std::min({s.ack_at(), s.send_at, s.delayed_at, s.timeout_at});
      if (at < own) {
        own = at;
        who = i;
      }
    }
    const Time first = std::min({change_at_, depart_at_, own});
    now_ = first;
    Sender &s = senders_[who];
    if (first == change_at_) {
      apply_change();
    } else if (first == s.ack_at()) {
      return process_ack(who);
    } else if (first == depart_at_) {
      depart();
    } else if (first == s.send_at) {
      send(s, who);
    } else if (first == s.delayed_at) {
      emit_ack(s, s.delayed_at);
    } else {
      timeout(s);
    }
  }
}

// How many packets the application has ready.
std::uint64_t Link::available(const Sender &s) const {
  if (spec_.app_rate <= 0) return std::numeric_limits<std::uint64_t>::max();
  const double bytes = spec_.app_rate * seconds() - s.app_sent;
  const double packets = bytes / (static_cast<double>(spec_.mss) * spec_.unit);
  return packets < 1 ? 0 : static_cast<std::uint64_t>(packets);
}

void Link::send(Sender &s, std::size_t id) {
  const std::uint64_t room = s.in_flight < s.cwnd ? s.cwnd - s.in_flight : 0;
  if (!room) {
    s.send_at = kNever;
    return;
  }
  const std::uint64_t ready = available(s);
  if (!ready) {
    s.limited = true;
    s.send_at = now_ + to_ns(spec_.unit * static_cast<double>(spec_.mss) / spec_.app_rate);
    return;
  }
  const std::uint64_t count = std::min({s.burst, room, ready});
  for (std::uint64_t i = 0; i < count; i++) enqueue(s, id);
  s.app_sent += static_cast<double>(count * spec_.unit * spec_.mss);
  s.pace_at = now_ + static_cast<Time>(count) * s.pace_ns;
  s.send_at = s.pace_at;
}

void Link::enqueue(Sender &s, std::size_t id) {
  const std::uint64_t index = s.next++;
  Packet &p = s.packet(index);
  p = {now_, false};
  s.totals.sent++;
  s.in_flight++;
  if (loss_gap_ == 0) {
    p.dropped = true;
    s.totals.lost++;
    draw_loss();
    return;
  }
  loss_gap_--;
  if (queue_.size() >= buffer_) {
    p.dropped = true;
    s.totals.dropped++;
    return;
  }
  if (queue_.empty()) depart_at_ = std::max(now_, token_at_);
  queue_.push_back({now_, index, id});
  s.queued++;
}

void Link::depart() {
  const Waiting packet = queue_.front();
  queue_.pop_front();
  Sender &s = senders_[packet.sender];
  s.queued--;
  s.totals.departed++;
  s.totals.queue_seconds += static_cast<double>(now_ - packet.since) * 1e-9;
  const Time full = now_ - static_cast<Time>(spec_.bucket / spec_.unit) * service_ns_;
  token_at_ = std::max(token_at_, full) + service_ns_;
  depart_at_ = queue_.empty() ? kNever : std::max(now_, token_at_);
  // The serialisation of the packet itself is part of the base delay.
  receive(s, packet.index, std::max(now_ + half_ns_, s.last_arrival));
}

void Link::receive(Sender &s, std::uint64_t index, Time arrival) {
  s.last_arrival = arrival;
  if (s.delayed_at < arrival) emit_ack(s, s.delayed_at);
  if (index > 0 && index > s.una && s.packet(index - 1).dropped) s.quick = kDupThresh;
  s.waiting_last = index;
  if (s.waiting++ == 0) s.delayed_at = arrival + to_ns(spec_.delayed_ack);
  if (s.quick > 0) {
    s.quick--;
    emit_ack(s, arrival);
  } else if (s.waiting >= ack_every_) {
    emit_ack(s, arrival);
  }
}

void Link::emit_ack(Sender &s, Time at) {
  Time time = at + half_ns_ + s.extra_ns;
  if (spec_.jitter > 0) time += to_ns(rng_.exponential(spec_.jitter));
  if (spec_.ack_hold > 0) {
    const Time hold = std::max<Time>(1, to_ns(spec_.ack_hold));
    time = (time + hold - 1) / hold * hold;
  }
  time = std::max({time, s.last_ack, now_});
  s.last_ack = time;
  s.acks.push_back({time, s.waiting_last});
  s.waiting = 0;
  s.delayed_at = kNever;
}

Link::Ack Link::process_ack(std::size_t id) {
  Sender &s = senders_[id];
  const PendingAck pending = s.acks.front();
  s.acks.pop_front();
  for (; s.una <= pending.up_to; s.una++) {
    if (s.packet(s.una).dropped) {
      s.losses.push_back(s.totals.delivered + kDupThresh);
    } else {
      s.totals.delivered++;
      s.in_flight--;
    }
  }
  while (!s.losses.empty() && s.losses.front() <= s.totals.delivered) {
    s.losses.pop_front();
    s.totals.marked_lost++;
    s.in_flight--;
  }
  const Time rtt = now_ - s.packet(pending.up_to).sent;
  s.srtt_ns += (rtt - s.srtt_ns) / 8;
  if (s.send_at == kNever && s.in_flight < s.cwnd) s.send_at = std::max(now_, s.pace_at);
  const Ack ack{std::max<std::int64_t>(rtt / 1000, 1), s.limited, id};
  s.limited = false;
  return ack;
}

// Nothing of this sender is on its way and its window is full: everything
// outstanding is lost. It finds out after a probe timeout and goes on.
void Link::timeout(Sender &s) {
  s.totals.marked_lost += s.in_flight;
  s.in_flight = 0;
  s.losses.clear();
  s.una = s.next;
  s.timeout_at = kNever;
  s.send_at = now_;
}

}  // namespace liteflow::aurora
