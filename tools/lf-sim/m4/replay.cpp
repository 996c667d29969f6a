// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/m4/replay.h"

#include <algorithm>

namespace liteflow::sim::m4 {
namespace {

std::vector<LinkId> links_of(const Record &record, const Period &period) {
  std::vector<LinkId> ids;
  for (const std::uint32_t i : period.flows)
    ids.insert(ids.end(), record.flows[i].links.begin(), record.flows[i].links.end());
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

std::vector<double> rates_of(const Record &record, const std::vector<LinkId> &ids) {
  std::vector<double> rates;
  for (const LinkId id : ids) rates.push_back(record.rates[id]);
  return rates;
}

}  // namespace

Replay::Replay(const Record &record, const Period &period, const Shape &shape)
    : record_(record), inputs_(shape.flow_inputs()), link_ids_(links_of(record, period)),
      events_(events_of(record, period.flows)), slot_of_(period.flows.back() - period.flows.front() + 1),
      first_(period.flows.front()), scene_(rates_of(record, link_ids_), shape) {
  std::size_t active = 0;
  for (const FlowEvent &e : events_) {
    active = e.arrival ? active + 1 : active - 1;
    most_active_ = std::max(most_active_, active);
  }
  flows_.resize(most_active_);
}

bool Replay::next() {
  if (next_ == events_.size()) return false;
  const FlowEvent &e = events_[next_++];
  completed_.reset();
  if (e.arrival) arrive(e);
  else leave(e);
  const Touch &touch = scene_.touched();
  for (std::size_t row = 0; row < touch.flows.size(); row++) {
    Known &k = flows_[touch.flows[row]];
    k.touches++;
    k.base = touch.base[row];
    const auto from = touch.flow_inputs.begin() + static_cast<std::ptrdiff_t>(row * inputs_);
    k.inputs.assign(from, from + static_cast<std::ptrdiff_t>(inputs_));
  }
  return true;
}

void Replay::arrive(const FlowEvent &e) {
  const TrueFlow &f = record_.flows[e.flow];
  std::vector<LinkId> links;
  for (const LinkId id : f.links)
    links.push_back(
        static_cast<LinkId>(std::lower_bound(link_ids_.begin(), link_ids_.end(), id) - link_ids_.begin()));
  const Slot slot =
      scene_.arrive(e.time_ns, {.links = links, .bytes = f.bytes, .bits = f.bits, .ideal_ns = f.ideal_ns});
  slot_of_[e.flow - first_] = slot;
  flows_[slot] = {.index = e.flow, .slowdown = f.slowdown(), .base = 1, .touches = 0, .inputs = {}};
}

void Replay::leave(const FlowEvent &e) {
  const Slot slot = slot_of_[e.flow - first_];
  const Known &k = flows_[slot];
  last_inputs_ = k.inputs;
  completed_ = Completed{slot, last_inputs_, k.base, k.slowdown};
  scene_.leave(e.time_ns, slot);
}

const Sight *Replay::sight() const {
  return record_.sights.empty() ? nullptr : &record_.sights[2 * std::size_t{now().flow} + (now().arrival ? 0 : 1)];
}

std::optional<float> Replay::left(Slot slot) const {
  if (!sight()) return std::nullopt;
  const auto &left = sight()->left;
  const auto at = std::lower_bound(left.begin(), left.end(), std::pair(flows_[slot].index, -1.0F));
  return at != left.end() && at->first == flows_[slot].index ? std::optional(at->second) : std::nullopt;
}

std::optional<float> Replay::queued(LinkId link) const {
  if (!sight()) return std::nullopt;
  const auto &links = record_.flows[now().flow].links;
  for (std::size_t i = 0; i < sight()->queued.size(); i++)
    if (links[i] == link_ids_[link]) return sight()->queued[i];
  return std::nullopt;
}

}  // namespace liteflow::sim::m4
