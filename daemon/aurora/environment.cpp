// SPDX-License-Identifier: GPL-2.0
#include "daemon/aurora/environment.h"

#include <algorithm>
#include <cmath>

namespace liteflow::aurora {

void critic_inputs(const float *state, const Standing &s, float *out) {
  for (std::size_t i = 0; i < kInputs; i += LF_AURORA_FEATURES) {
    out[i] = std::clamp(state[i] * 5, -4.0F, 4.0F);
    out[i + 1] = std::clamp((state[i + 1] - 1) * 2, 0.0F, 6.0F);
    out[i + 2] = std::clamp((state[i + 2] - 1) * 4, -4.0F, 4.0F);
  }
  const auto put = [&](std::size_t i, double v, double limit) {
    out[kInputs + i] = static_cast<float>(std::clamp(std::isfinite(v) ? v : 0.0, -limit, limit));
  };
  const double ratio = std::max(s.rate, 1.0) / std::max(s.capacity, 1.0);
  put(0, 3 * std::log(ratio), 4);
  put(1, 8 * std::abs(std::log(ratio)), 4);
  put(2, 2 * (s.rtt / std::max(s.base_rtt, 1e-6) - 1), 6);
  put(3, 10 * s.loss, 4);
  put(4, 0.5 * std::log(std::max(s.packets, 1.0) / 32), 4);
  put(5, std::log(std::max(s.buffer_bdps, 0.01)), 3);
}

Environment::Environment(std::uint64_t seed, const Options &options) : options_(options), rng_(seed) {
  reset();
  // Environments of a batch must not all end at once.
  left_ = 1 + static_cast<int>(rng_.below(static_cast<std::size_t>(options_.episode)));
}

void Environment::reset() {
  const LinkSpec spec = options_.source ? options_.source(rng_) : draw_training_link(rng_, options_.episode / 2.0);
  flow_ = std::make_unique<Flow>(spec, rng_.next(), ++flows_);
  // 30 to 300 intervals per window of the least RTT, if real time is slower, in
  // one half of the episodes; in the other a base that a change made stale
  // stays so to the end.
  const double window = rng_.log_uniform(30, 300) * spec.link.base_rtt / 2;
  if (rng_.chance(0.5)) flow_->set_base_clock(std::max(1.0, LF_AURORA_BASE_US * 1e-6 / window));
  start_flow(*flow_, rng_);
  flow_->inputs(state_.data());
  left_ = options_.episode;
}

Outcome outcome_of(const Flow &flow) {
  const lf_measure &m = flow.measure();
  const LinkState &link = flow.link().state();
  const LinkSpec &spec = flow.link().spec();
  Outcome o;
  o.delivered_rate = flow.delivered_rate();
  o.capacity = link.rate;
  o.rtt = m.rtt_us * 1e-6;
  // A lone packet is served for one unit and its ACK waits for the next
  // multiple of the hold: no queue, and part of the least RTT.
  o.base_rtt = link.base_rtt + spec.unit * spec.mss / link.rate + spec.ack_hold / 2 + spec.jitter;
  o.loss = static_cast<double>(m.lost) / std::max(1U, m.lost + m.delivered);
  o.mss = spec.mss;
  return o;
}

void Environment::critic_state(float *out) const {
  const Outcome o = outcome_of(*flow_);
  const LinkState &link = flow_->link().state();
  Standing s;
  s.rate = flow_->rate();
  s.capacity = o.capacity;
  s.rtt = o.rtt > 0 ? o.rtt : o.base_rtt;
  s.base_rtt = o.base_rtt;
  s.loss = o.loss;
  s.packets = flow_->measure().delivered;
  s.buffer_bdps = link.buffer * o.mss / (link.rate * link.base_rtt);
  critic_inputs(state_.data(), s, out);
}

Environment::Step Environment::step(double mean, double action, double sigma) {
  Step result;
  record_ = flow_->act(mean, action, sigma);
  result.usable = !(record_.flags & (LF_CC_FLAG_LIMITED | LF_CC_FLAG_START));
  flow_->advance();
  flow_->inputs(state_.data());
  result.usable = result.usable && !flow_->limited();
  result.reward = reward(outcome_of(*flow_), options_.form, options_.weights);
  result.ended = --left_ <= 0;
  return result;
}

}  // namespace liteflow::aurora
