// SPDX-License-Identifier: GPL-2.0
#include "daemon/aurora/records.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "codegen/error.h"

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
  return o;
}

void append_critic(Segment &segment, const lf_cc_record &r, double capacity) {
  std::array<float, kInputs> state{};
  for (std::size_t i = 0; i < kInputs; i++) state[i] = static_cast<float>(from_q16(r.state[i]));
  std::array<float, kCriticInputs> in{};
  critic_inputs(state.data(), standing_of(r, capacity), in.data());
  segment.critic_states.insert(segment.critic_states.end(), in.begin(), in.end());
}

}  // namespace

std::vector<lf_cc_record> parse_records(const Batch &batch) {
  if (batch.app != "cc")
    throw Error(fmt::format("batch of app \"{}\" from {}: the aurora adapter reads \"cc\" only", batch.app, batch.host));
  if (batch.record_bytes != sizeof(lf_cc_record))
    throw Error(fmt::format("batch from {}: records of {} bytes, expected {}: kernel modules and daemon are of "
                            "different versions",
                            batch.host, batch.record_bytes, sizeof(lf_cc_record)));
  if (batch.records.size() % sizeof(lf_cc_record))
    throw Error(fmt::format("batch from {}: {} bytes are no whole number of records of {} bytes", batch.host,
                            batch.records.size(), sizeof(lf_cc_record)));
  std::vector<lf_cc_record> records(batch.records.size() / sizeof(lf_cc_record));
  if (!records.empty()) std::memcpy(records.data(), batch.records.data(), batch.records.size());
  return records;
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
  for (const std::int32_t v : from.state) s.states.push_back(static_cast<float>(from_q16(v)));
  append_critic(s, from, capacity);
  s.actions.push_back(static_cast<float>(from_q16(from.action)));
  s.means.push_back(static_cast<float>(from_q16(from.mean)));
  s.sigmas.push_back(static_cast<float>(from_q16(from.sigma)));
  s.rewards.push_back(reward(outcome_of(to, capacity), RewardForm::scale_free, options_.weights));
  // At the clip the density is not the Gaussian's; a clamped rate is not the action's.
  const bool inside = std::abs(from.action) < LF_AURORA_ACTION_MAX;
  s.explored.push_back((from.flags & LF_CC_FLAG_EXPLORED) && !(from.flags & LF_CC_FLAG_CLAMPED) && from.sigma > 0 &&
                       inside);
}

void FlowTable::cut(std::vector<Segment> &out, Segment &segment) const {
  if (segment.rows()) out.push_back(std::move(segment));
  segment = Segment{};
}

std::vector<Segment> FlowTable::take(const Batch &batch) {
  batches_++;
  std::map<std::string, std::vector<lf_cc_record>> by_flow;
  for (const lf_cc_record &r : parse_records(batch)) by_flow[fmt::format("{}/{}", batch.host, r.flow)].push_back(r);
  std::vector<Segment> out;
  for (const auto &[key, records] : by_flow) {
    State &flow = flows_[key];
    flow.seen = batches_;
    // One capacity for the whole batch: a rising estimate must not make good
    // decisions look worse from one record to the next.
    for (const lf_cc_record &r : records) note_rate(flow, r);
    const double capacity = flow.maxima.empty() ? 1 : std::max(flow.maxima.front().rate, 1.0);
    Segment segment;
    for (const lf_cc_record &r : records) {
      const bool follows = flow.known && r.seq == flow.last.seq + 1 && r.snapshot == flow.last.snapshot;
      const bool usable = follows && !(r.flags & kNotInCharge) && !(flow.last.flags & kNotInCharge) && r.base_rtt_us;
      if (usable) {
        extend(segment, flow.last, r, capacity);
      } else if (segment.rows()) {
        append_critic(segment, flow.last, capacity);
        cut(out, segment);
      }
      flow.last = r;
      flow.known = true;
    }
    if (segment.rows()) append_critic(segment, flow.last, capacity);
    cut(out, segment);
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
