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
  put(6, 3 * std::log(std::max(s.load > 0 ? s.load : ratio, 1e-3)), 4);
}

Environment::Environment(std::uint64_t seed, const Options &options) : options_(options), rng_(seed) {
  reset();
  // Environments of a batch must not all end at once.
  left_ = 1 + static_cast<int>(rng_.below(static_cast<std::size_t>(left_)));
}

void Environment::reset() {
  const std::size_t flows = options_.source ? 1 : draw_flows(rng_);
  const double rtts = options_.episode / 2.0;
  const LinkSpec spec = options_.source ? options_.source(rng_) : draw_training_link(rng_, rtts, flows);
  const auto joins = draw_joins(rng_, flows, rtts * spec.link.base_rtt);
  crowd_ = std::make_unique<Crowd>(spec, rng_.next(), joins, flows_ + 1);
  flows_ += flows;
  // 30 to 300 intervals per window of the least RTT, if real time is slower, in
  // one half of the episodes; in the other a base that a change made stale
  // stays so to the end.
  const double window = rng_.log_uniform(30, 300) * spec.link.base_rtt / 2;
  const double clock = rng_.chance(0.5) ? std::max(1.0, LF_AURORA_BASE_US * 1e-6 / window) : 1;
  agents_.clear();
  current_ = 0;
  for (std::size_t i = 0; i < flows; i++) {
    Flow &flow = crowd_->flow(i);
    flow.set_base_clock(clock);
    // Unequal shares at first: evening them out is part of the task.
    const double share = spec.link.rate / static_cast<double>(flows);
    agents_.push_back({StartPhase(flows > 1 ? share * rng_.log_uniform(0.3, 2) : share, rng_), false, true});
    agents_.back().start.begin(flow);
  }
  set_weights(options_.weights);
  advance();
  left_ = options_.episode * static_cast<int>(flows);
}

// To the end of an interval that a decision follows.
void Environment::advance() {
  do current_ = crowd_->advance();
  while (agents_[current_].start.advance(crowd_->flow(current_)));
  crowd_->flow(current_).inputs(state_.data());
}

void Environment::set_weights(const RewardWeights &weights) {
  options_.weights = weights;
  if (!options_.preference) return;
  for (std::size_t i = 0; i < crowd_->size(); i++) crowd_->flow(i).set_objective(weights);
  crowd_->flow(current_).inputs(state_.data());
}

Outcome outcome_of(const Flow &flow) {
  const lf_measure &m = flow.measure();
  const LinkState &link = flow.link().state();
  const LinkSpec &spec = flow.link().spec();
  Outcome o;
  o.delivered_rate = flow.delivered_rate();
  o.capacity = link.rate;
  o.flows = flow.link().joined();
  o.rtt = m.rtt_us * 1e-6;
  // A lone packet is served for one unit and its ACK waits for the next
  // multiple of the hold: no queue, and part of the least RTT.
  o.base_rtt = flow.link().base_rtt(flow.sender()) + spec.unit * spec.mss / link.rate + spec.ack_hold / 2 + spec.jitter;
  o.loss = static_cast<double>(m.lost) / std::max(1U, m.lost + m.delivered);
  o.mss = spec.mss;
  return o;
}

// Of the flow that decides next, with the others' part in it.
Outcome Environment::outcome() const {
  Outcome o = outcome_of(crowd_->flow(current_));
  if (o.flows < 2) return o;
  double sum = 0;
  std::size_t count = 0;
  for (std::size_t i = 0; i < crowd_->size(); i++) {
    if (!crowd_->flow(i).measure().duration_us) continue;  // no interval yet
    sum += utilisation(outcome_of(crowd_->flow(i)));
    count++;
  }
  o.together = sum / static_cast<double>(count);
  return o;
}

void Environment::critic_state(float *out) const {
  const Flow &flow = crowd_->flow(current_);
  const Outcome o = outcome_of(flow);
  const LinkState &link = flow.link().state();
  Standing s;
  s.rate = flow.rate();
  s.capacity = o.capacity / static_cast<double>(o.flows);
  s.load = crowd_->load() / o.capacity;
  s.rtt = o.rtt > 0 ? o.rtt : o.base_rtt;
  s.base_rtt = o.base_rtt;
  s.loss = o.loss;
  s.packets = flow.measure().delivered;
  s.buffer_bdps = link.buffer * o.mss / (link.rate * link.base_rtt);
  const float *state = state_.data();
  if (options_.preference)
    for (std::size_t i = 0; i < kWeights; i++) *out++ = *state++;
  aurora::critic_inputs(state, s, out);
}

Environment::Step Environment::step(double mean, double action, double sigma) {
  Agent &decider = agents_[current_];
  record_ = crowd_->flow(current_).act(mean, action, sigma);
  decider.usable = !(record_.flags & (LF_CC_FLAG_LIMITED | LF_CC_FLAG_START));
  decider.decided = true;
  advance();
  const Flow &flow = crowd_->flow(current_);
  const Agent &agent = agents_[current_];
  Step result;
  result.known = agent.decided;
  result.usable = agent.usable && !flow.limited();
  result.reward = reward(outcome(), options_.form, options_.weights);
  result.ended = --left_ <= 0;
  return result;
}

}  // namespace liteflow::aurora
