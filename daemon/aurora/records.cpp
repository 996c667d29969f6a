// SPDX-License-Identifier: GPL-2.0
#include "daemon/aurora/records.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "daemon/training/records.h"

namespace liteflow::aurora {
namespace {

constexpr std::uint32_t kNotInCharge = LF_CC_FLAG_LIMITED | LF_CC_FLAG_START | LF_CC_FLAG_FALLBACK;

// The rate before the decision. A record holds the one after it, and a critic
// that saw that would judge the action together with the state: nothing would
// be left for the advantage.
double rate_before(const lf_cc_record &r) {
  const double factor = 1 + std::abs(from_q16(r.action)) * LF_AURORA_STEP / LF_ONE;
  const auto rate = static_cast<double>(r.rate);
  if (r.flags & kNotInCharge) return rate;
  return r.action >= 0 ? rate / factor : rate * factor;
}

Standing standing_of(const lf_cc_record &r, double capacity) {
  Standing s;
  s.rate = rate_before(r);
  s.capacity = capacity;
  s.base_rtt = r.base_rtt_us * 1e-6;
  s.rtt = r.rtt_us ? r.rtt_us * 1e-6 : s.base_rtt;
  s.loss = static_cast<double>(r.lost) / std::max(1.0, static_cast<double>(r.lost) + r.delivered);
  s.packets = r.delivered;
  return s;
}

Outcome outcome_of(const lf_cc_record &r, double capacity) {
  Outcome o;
  o.delivered_rate = static_cast<double>(r.delivered_rate);
  o.capacity = capacity;
  o.rtt = r.rtt_us * 1e-6;
  o.base_rtt = r.base_rtt_us * 1e-6;
  o.loss = static_cast<double>(r.lost) / std::max(1.0, static_cast<double>(r.lost) + r.delivered);
  o.mss = std::max(r.mss, 1U);
  o.together = own_utilisation(o);
  return o;
}

Objective objective_of(const lf_cc_record &r) { return {r.weight[0], r.weight[1], r.weight[2]}; }

RewardWeights weights_of(const Objective &o) { return {from_q16(o[0]), from_q16(o[1]), from_q16(o[2])}; }

// Weights in [0, 1] that sum to 1, but for rounding.
bool is_objective(const Objective &o) {
  const std::int64_t sum = std::int64_t{o[0]} + o[1] + o[2];
  return std::all_of(o.begin(), o.end(), [](std::int32_t w) { return w >= 0; }) &&
         std::abs(sum - LF_ONE) < LF_ONE / 100;
}

}  // namespace

void append_inputs(std::vector<float> &to, const lf_cc_record &r, bool objective) {
  if (objective)
    for (const std::int32_t v : r.weight) to.push_back(static_cast<float>(from_q16(v)));
  for (const std::int32_t v : r.state) to.push_back(static_cast<float>(from_q16(v)));
}

void Segment::append(const Segment &next) {
  const auto add = [](auto &to, const auto &from) { to.insert(to.end(), from.begin(), from.end()); };
  // What followed is the next one's first row, by what is known of it now.
  critic_states.resize(critic_states.size() / (rows() + 1) * rows());
  add(states, next.states);
  add(critic_states, next.critic_states);
  add(actions, next.actions);
  add(means, next.means);
  add(sigmas, next.sigmas);
  add(fullness, next.fullness);
  add(rewards, next.rewards);
  add(explored, next.explored);
}

std::vector<lf_cc_record> parse_records(const Batch &batch, const std::string &app) {
  return records_of<lf_cc_record>(batch, app);
}

void FlowTable::note_rate(State &flow, const lf_cc_record &r) const {
  if (r.flags & LF_CC_FLAG_LIMITED) return;
  // Single intervals exceed the capacity where ACKs come in lumps.
  const auto rate = static_cast<double>(r.delivered_rate);
  flow.smooth = flow.smooth > 0 ? flow.smooth + (rate - flow.smooth) / 4 : rate;
  while (!flow.maxima.empty() && flow.maxima.back().rate <= flow.smooth) flow.maxima.pop_back();
  flow.maxima.push_back({r.time_ns, flow.smooth});
  const auto window = static_cast<std::uint64_t>(options_.capacity_window * 1e9);
  while (flow.maxima.size() > 1 && flow.maxima.front().time_ns + window < r.time_ns) flow.maxima.pop_front();
}

void FlowTable::extend(Segment &s, const lf_cc_record &from, const lf_cc_record &to, double capacity) const {
  s.objective = objective_of(from);
  append_inputs(s.states, from, options_.objectives);
  append_critic(s, from, capacity);
  s.actions.push_back(static_cast<float>(from_q16(from.action)));
  s.means.push_back(static_cast<float>(from_q16(from.mean)));
  s.sigmas.push_back(static_cast<float>(from_q16(from.sigma)));
  s.fullness.push_back(static_cast<float>(fullness(outcome_of(from, capacity))));
  s.rewards.push_back(options_.objectives
                          ? reward(outcome_of(to, capacity), RewardForm::weighted, weights_of(s.objective))
                          : reward(outcome_of(to, capacity), RewardForm::scale_free, options_.weights));
  // At the clip the density is not the Gaussian's; a clamped rate is not the action's.
  const bool inside = std::abs(from.action) < LF_AURORA_ACTION_MAX;
  s.explored.push_back((from.flags & LF_CC_FLAG_EXPLORED) && !(from.flags & LF_CC_FLAG_CLAMPED) && from.sigma > 0 &&
                       inside);
}

void FlowTable::append_critic(Segment &segment, const lf_cc_record &r, double capacity) const {
  if (options_.objectives)
    for (const std::int32_t v : r.weight) segment.critic_states.push_back(static_cast<float>(from_q16(v)));
  std::array<float, kInputs> state{};
  for (std::size_t i = 0; i < kInputs; i++) state[i] = static_cast<float>(from_q16(r.state[i]));
  std::array<float, kCriticInputs> in{};
  critic_inputs(state.data(), standing_of(r, capacity), in.data());
  segment.critic_states.insert(segment.critic_states.end(), in.begin(), in.end());
}

// The record follows the flow's last one, and the network was in charge of both.
bool FlowTable::usable(const State &flow, const lf_cc_record &r) const {
  if (!flow.known || r.seq != flow.last.seq + 1 || r.snapshot != flow.last.snapshot) return false;
  if (((r.flags | flow.last.flags) & kNotInCharge) || !r.base_rtt_us) return false;
  return !options_.objectives || (is_objective(objective_of(r)) && objective_of(r) == objective_of(flow.last));
}

std::vector<Segment> FlowTable::take(const Batch &batch) {
  batches_++;
  std::map<std::string, std::vector<lf_cc_record>> by_flow;
  for (const lf_cc_record &r : parse_records(batch, options_.app))
    by_flow[fmt::format("{}/{}", batch.host, r.flow)].push_back(r);
  std::vector<Segment> out;
  for (const auto &[key, records] : by_flow) {
    State &flow = flows_[key];
    flow.seen = batches_;
    // One capacity for the whole batch: a rising estimate must not make good
    // decisions look worse from one record to the next.
    for (const lf_cc_record &r : records) note_rate(flow, r);
    const double capacity = flow.maxima.empty() ? 1 : std::max(flow.maxima.front().rate, 1.0);
    Segment segment;
    const auto cut = [&] {
      if (!segment.rows()) return;
      append_critic(segment, flow.last, capacity);
      segment.flow = key;
      out.push_back(std::exchange(segment, Segment{}));
    };
    for (const lf_cc_record &r : records) {
      const bool goes_on = usable(flow, r);
      if (goes_on && !segment.rows()) segment.goes_on = flow.open;
      if (goes_on)
        extend(segment, flow.last, r, capacity);
      else
        cut();
      flow.last = r;
      flow.known = true;
      flow.open = goes_on;
    }
    cut();
  }
  forget();
  return out;
}

void FlowTable::forget() {
  if (flows_.size() <= options_.flows) return;
  std::vector<std::uint64_t> seen;
  for (const auto &[key, flow] : flows_) seen.push_back(flow.seen);
  const auto middle = seen.begin() + static_cast<std::ptrdiff_t>(flows_.size() - options_.flows);
  std::nth_element(seen.begin(), middle, seen.end());
  const std::uint64_t oldest = *middle;
  std::erase_if(flows_, [&](const auto &entry) { return entry.second.seen < oldest; });
  // All of one batch: any will do.
  while (flows_.size() > options_.flows) flows_.erase(flows_.begin());
}

}  // namespace liteflow::aurora
