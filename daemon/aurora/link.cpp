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

Link::Link(LinkSpec spec, std::uint64_t seed)
    : spec_(std::move(spec)), rng_(seed), packets_(kRing) {
  use(spec_.link);
  ack_every_ = to_packets(spec_.ack_every, spec_.unit);
  srtt_ns_ = 2 * half_ns_ + service_ns_;
  draw_loss();
  if (!spec_.changes.empty()) change_at_ = to_ns(spec_.changes.front().time);
  set_pacing(link_.rate, 10);
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

void Link::set_pacing(double rate, double cwnd) {
  const double segment_seconds = spec_.mss / rate;
  pace_ns_ = std::max<Time>(1, to_ns(spec_.unit * segment_seconds));
  const double burst = std::clamp(spec_.burst_time / segment_seconds, static_cast<double>(spec_.burst_min),
                                  static_cast<double>(spec_.burst_max));
  burst_ = to_packets(burst, spec_.unit);
  // Half the ring is left for packets that are lost but not yet known to be.
  cwnd_ = std::min<std::uint64_t>(to_packets(std::min(cwnd, 1e9), spec_.unit), kRing / 2);
  cwnd_ = std::max<std::uint64_t>(cwnd_, 4);
  if (send_at_ == kNever && in_flight_ < cwnd_) send_at_ = std::max(now_, pace_at_);
}

lf_counters Link::counters() const {
  lf_counters c{};
  c.now_us = static_cast<std::uint64_t>(now_ / 1000);
  c.sent = static_cast<std::uint32_t>(totals_.sent * spec_.unit);
  c.delivered = static_cast<std::uint32_t>(totals_.delivered * spec_.unit);
  c.lost = static_cast<std::uint32_t>(totals_.marked_lost * spec_.unit);
  return c;
}

Link::Ack Link::next_ack() {
  for (;;) {
    const Time ack_at = acks_.empty() ? kNever : acks_.front().time;
    const Time first = std::min({ack_at, depart_at_, send_at_, delayed_at_, change_at_});
    if (std::min({ack_at, depart_at_, send_at_, delayed_at_}) == kNever) {
      timeout();
      continue;
    }
    now_ = first;
    if (first == change_at_) {
      apply_change();
    } else if (first == ack_at) {
      return process_ack();
    } else if (first == depart_at_) {
      depart();
    } else if (first == send_at_) {
      send();
    } else {
      emit_ack(delayed_at_);
    }
  }
}

// How many packets the application has ready.
std::uint64_t Link::available() {
  if (spec_.app_rate <= 0) return std::numeric_limits<std::uint64_t>::max();
  const double bytes = spec_.app_rate * seconds() - app_sent_;
  const double packets = bytes / (static_cast<double>(spec_.mss) * spec_.unit);
  return packets < 1 ? 0 : static_cast<std::uint64_t>(packets);
}

void Link::send() {
  const std::uint64_t room = in_flight_ < cwnd_ ? cwnd_ - in_flight_ : 0;
  if (!room) {
    send_at_ = kNever;
    return;
  }
  const std::uint64_t ready = available();
  if (!ready) {
    limited_ = true;
    send_at_ = now_ + to_ns(spec_.unit * static_cast<double>(spec_.mss) / spec_.app_rate);
    return;
  }
  const std::uint64_t count = std::min({burst_, room, ready});
  for (std::uint64_t i = 0; i < count; i++) enqueue();
  app_sent_ += static_cast<double>(count * spec_.unit * spec_.mss);
  pace_at_ = now_ + static_cast<Time>(count) * pace_ns_;
  send_at_ = pace_at_;
}

void Link::enqueue() {
  Packet &p = packet(next_++);
  p = {now_, false};
  totals_.sent++;
  in_flight_++;
  if (loss_gap_ == 0) {
    p.dropped = true;
    totals_.lost++;
    draw_loss();
    return;
  }
  loss_gap_--;
  if (queued_ >= buffer_) {
    p.dropped = true;
    totals_.dropped++;
    return;
  }
  if (queued_++ == 0) depart_at_ = std::max(now_, token_at_);
}

void Link::depart() {
  while (packet(head_).dropped) head_++;
  const std::uint64_t index = head_++;
  queued_--;
  totals_.departed++;
  totals_.queue_seconds += static_cast<double>(now_ - packet(index).sent) * 1e-9;
  const Time full = now_ - static_cast<Time>(spec_.bucket / spec_.unit) * service_ns_;
  token_at_ = std::max(token_at_, full) + service_ns_;
  depart_at_ = queued_ ? std::max(now_, token_at_) : kNever;
  // The serialisation of the packet itself is part of the base delay.
  receive(index, std::max(now_ + half_ns_, last_arrival_));
}

void Link::receive(std::uint64_t index, Time arrival) {
  last_arrival_ = arrival;
  if (delayed_at_ < arrival) emit_ack(delayed_at_);
  if (index > 0 && index > una_ && packet(index - 1).dropped) quick_ = kDupThresh;
  waiting_last_ = index;
  if (waiting_++ == 0) delayed_at_ = arrival + to_ns(spec_.delayed_ack);
  if (quick_ > 0) {
    quick_--;
    emit_ack(arrival);
  } else if (waiting_ >= ack_every_) {
    emit_ack(arrival);
  }
}

void Link::emit_ack(Time at) {
  Time time = at + half_ns_;
  if (spec_.jitter > 0) time += to_ns(rng_.exponential(spec_.jitter));
  if (spec_.ack_hold > 0) {
    const Time hold = std::max<Time>(1, to_ns(spec_.ack_hold));
    time = (time + hold - 1) / hold * hold;
  }
  time = std::max({time, last_ack_, now_});
  last_ack_ = time;
  acks_.push_back({time, waiting_last_});
  waiting_ = 0;
  delayed_at_ = kNever;
}

Link::Ack Link::process_ack() {
  const PendingAck pending = acks_.front();
  acks_.pop_front();
  for (; una_ <= pending.up_to; una_++) {
    if (packet(una_).dropped) {
      losses_.push_back(totals_.delivered + kDupThresh);
    } else {
      totals_.delivered++;
      in_flight_--;
    }
  }
  while (!losses_.empty() && losses_.front() <= totals_.delivered) {
    losses_.pop_front();
    totals_.marked_lost++;
    in_flight_--;
  }
  const Time rtt = now_ - packet(pending.up_to).sent;
  srtt_ns_ += (rtt - srtt_ns_) / 8;
  if (send_at_ == kNever && in_flight_ < cwnd_) send_at_ = std::max(now_, pace_at_);
  const Ack ack{std::max<std::int64_t>(rtt / 1000, 1), limited_};
  limited_ = false;
  return ack;
}

// Nothing is on its way and the window is full: everything outstanding is lost.
// The sender finds out after a probe timeout and goes on.
void Link::timeout() {
  now_ = std::max(now_, pace_at_) + 2 * srtt_ns_;
  while (next_change_ < spec_.changes.size() && change_at_ <= now_) apply_change();
  totals_.marked_lost += in_flight_;
  in_flight_ = 0;
  losses_.clear();
  una_ = next_;
  head_ = next_;
  send_at_ = now_;
}

}  // namespace liteflow::aurora
