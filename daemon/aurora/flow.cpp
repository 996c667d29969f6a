// SPDX-License-Identifier: GPL-2.0
#include "daemon/aurora/flow.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace liteflow::aurora {
namespace {

constexpr std::uint64_t kLeastWindow = 4;  // segments
constexpr std::uint64_t kRounds = 10;      // of the highest delivery rate

}  // namespace

std::int32_t to_q16(double v) {
  return static_cast<std::int32_t>(std::clamp(std::nearbyint(v * LF_ONE), -2147483647.0, 2147483647.0));
}

Flow::Flow(const LinkSpec &spec, std::uint64_t seed, std::uint64_t id)
    : Flow(std::make_shared<Link>(spec, seed), 0, id) {}

Flow::Flow(std::shared_ptr<Link> link, std::size_t sender, std::uint64_t id)
    : link_(std::move(link)), sender_(sender), id_(id) {
  lf_aurora_init(&aurora_);
  rate_ = static_cast<std::uint64_t>(link_->pacing(sender_));
  if (sender_ == 0) begin();
}

void Flow::begin() {
  const lf_counters now = link_->counters(sender_);
  lf_interval_begin(&interval_, &now, srtt_us());
  begun_ = true;
}

void Flow::advance() {
  while (!acknowledge(link_->next_ack())) {
  }
}

bool Flow::acknowledge(const Link::Ack &ack) {
  const lf_counters now = link_->counters(sender_);
  enforce();
  // Who joins later begins with its first ACK.
  if (!begun_) begin();
  if (!lf_interval_ack(&interval_, &now, ack.rtt_us, ack.limited)) return false;
  measure_ = lf_interval_end(&interval_, &now);
  if (measure_.limited) return true;
  const auto clock_us = static_cast<std::uint64_t>(static_cast<double>(now.now_us) * base_clock_);
  lf_aurora_observe(&aurora_, &measure_, clock_us);
  if (!start_) {
    const auto rate = static_cast<std::uint64_t>(delivered_rate());
    lf_aurora_follow(&aurora_, &measure_, rate, now.now_us, now.now_us);
  }
  note_delivery(now.now_us);
  return true;
}

void Flow::enforce() {
  if (windowed_) return;
  const std::uint64_t srtt_us = this->srtt_us();
  const std::uint64_t cover_us = std::max(2 * srtt_us, srtt_us + 2 * LF_INTERVAL_MIN_US);
  const std::uint64_t segments = rate_ * cover_us / 1000000 / link_->spec().mss + 1;
  link_->set_pacing(rate(), static_cast<double>(std::max(segments, kLeastWindow)), sender_);
}

void Flow::note_delivery(std::uint64_t now_us) {
  if (now_us - window_us_ > kRounds * srtt_us()) {
    most_[1] = most_[0];
    most_[0] = 0;
    window_us_ = now_us;
  }
  most_[0] = std::max(most_[0], static_cast<std::uint64_t>(delivered_rate()));
}

double Flow::delivered_rate() const {
  return static_cast<double>(lf_measure_rate(&measure_, measure_.delivered, link_->spec().mss));
}

std::uint64_t Flow::bounded(std::uint64_t rate, bool *clamped) const {
  const std::uint64_t floor = kLeastWindow * link_->spec().mss * 1000000 / std::max(srtt_us(), 1U);
  const std::uint64_t most = std::max(most_[0], most_[1]);
  std::uint64_t bound = lf_trial_rate(&aurora_.trial, rate);
  if (most) bound = std::min(bound, 2 * most);
  if (measure_.sent && measure_.lost * 5 > measure_.sent)
    bound = std::min(bound, static_cast<std::uint64_t>(delivered_rate()));
  bound = std::max(bound, floor);
  *clamped = bound != rate;
  return bound;
}

lf_cc_record Flow::act(double mean, double action, double sigma) {
  lf_cc_record r{};
  std::int32_t q = std::clamp(to_q16(action), -LF_AURORA_ACTION_MAX, LF_AURORA_ACTION_MAX);
  if (start_) {
    r.flags |= LF_CC_FLAG_START;
  } else if (measure_.limited) {
    r.flags |= LF_CC_FLAG_LIMITED;
  } else {
    bool clamped = false;
    rate_ = bounded(lf_aurora_rate(rate_, q), &clamped);
    if (clamped) r.flags |= LF_CC_FLAG_CLAMPED;
    if (sigma > 0) r.flags |= LF_CC_FLAG_EXPLORED;
    enforce();
  }
  r.flow = id_;
  r.snapshot = 1;
  r.time_ns = link_->counters(sender_).now_us * 1000;
  r.rate = rate_;
  r.delivered_rate = static_cast<std::uint64_t>(delivered_rate());
  r.seq = seq_++;
  r.duration_us = measure_.duration_us;
  r.rtt_us = measure_.rtt_us;
  r.base_rtt_us = lf_aurora_base(&aurora_);
  r.mss = link_->spec().mss;
  r.sent = measure_.sent;
  r.delivered = measure_.delivered;
  r.lost = measure_.lost;
  r.ce = measure_.ce;
  r.mean = to_q16(mean);
  r.action = q;
  r.sigma = to_q16(sigma);
  std::copy(std::begin(aurora_.state), std::end(aurora_.state), std::begin(r.state));
  if (objective_) std::copy(objective_->begin(), objective_->end(), std::begin(r.weight));
  begin();
  return r;
}

void Flow::force_rate(double rate) {
  rate_ = static_cast<std::uint64_t>(rate);
  enforce();
}

void Flow::force_window(double rate, double cwnd) {
  rate_ = static_cast<std::uint64_t>(rate);
  windowed_ = true;
  link_->set_pacing(rate, cwnd, sender_);
}

void Flow::set_objective(const RewardWeights &w) {
  objective_ = {to_q16(w.throughput), to_q16(w.latency), to_q16(w.loss)};
}

void Flow::inputs(float *out) const {
  if (objective_)
    for (const std::int32_t v : *objective_) *out++ = static_cast<float>(from_q16(v));
  for (const std::int32_t v : aurora_.state) *out++ = static_cast<float>(from_q16(v));
}

}  // namespace liteflow::aurora
