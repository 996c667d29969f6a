// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/m4/scene.h"

#include <algorithm>
#include <cmath>

namespace liteflow::sim::m4 {
namespace {

// From nanoseconds: 1 is 255 us.
float log_time(double ns) { return static_cast<float>(std::log2(1 + ns / 1e3) / 8); }

}  // namespace

Scene::Scene(const std::vector<double> &rates, const Shape &shape)
    : shape_(shape), rates_(rates), outlook_(rates), links_(rates.size()) {
  for (std::size_t i = 0; i < rates.size(); i++)
    links_[i].log_rate = static_cast<float>(std::log2(1 + rates[i]) / 4);
}

void Scene::begin_flow(Slot slot, float *state) const {
  state[0] = 1;
  state[1] = flows_[slot].log_size;
  state[2] = static_cast<float>(flows_[slot].links.size()) / 8;
}

void Scene::begin_link(LinkId link, float *state) const {
  state[0] = 0;
  state[1] = 1;
  state[2] = links_[link].log_rate;
}

Slot Scene::take_slot() {
  if (free_.empty()) {
    flows_.emplace_back();
    return static_cast<Slot>(flows_.size() - 1);
  }
  const Slot slot = free_.back();
  free_.pop_back();
  return slot;
}

Slot Scene::arrive(double now, const Arrival &a) {
  const Slot slot = take_slot();
  active_++;
  Flow &f = flows_[slot];
  f.links.assign(a.links.begin(), a.links.end());
  f.place.resize(f.links.size());
  f.start = f.last = now;
  f.bits = a.bits;
  f.ideal = a.ideal_ns;
  f.slowest = rates_[f.links[0]];
  for (const LinkId id : f.links) f.slowest = std::min(f.slowest, rates_[id]);
  f.latency = std::max(0.0, f.ideal - f.bits / f.slowest);
  f.log_size = static_cast<float>(std::log2(1 + a.bytes) / 16);
  f.log_ideal = log_time(f.ideal);
  begin_touch();
  touch_.new_flow = true;
  touch_flow(slot, 0);
  std::vector<LinkId> fresh;
  for (std::uint32_t hop = 0; hop < f.links.size(); hop++) {
    auto &link = links_[f.links[hop]];
    f.place[hop] = static_cast<std::uint32_t>(link.members.size());
    link.members.push_back({slot, hop});
    // A link that nobody used has no past; nor has it anybody to reach.
    if (link.members.size() == 1) {
      link.last = now;
      link.seen = event_;
      fresh.push_back(f.links[hop]);
    }
  }
  if (shape_.fluid) {
    outlook_.advance(now);
    outlook_.add(slot, f.links, f.bits);
  }
  for (const LinkId id : f.links) touch_link(id, 0);
  spread();
  touch_.links.insert(touch_.links.end(), fresh.begin(), fresh.end());
  touch_.new_links = fresh.size();
  describe(now);
  return slot;
}

void Scene::leave(double now, Slot slot) {
  active_--;
  free_.push_back(slot);
  const Flow &f = flows_[slot];
  begin_touch();
  for (std::uint32_t hop = 0; hop < f.links.size(); hop++) {
    auto &members = links_[f.links[hop]].members;
    const Member last = members.back();
    members[f.place[hop]] = last;
    flows_[last.slot].place[last.hop] = f.place[hop];
    members.pop_back();
  }
  if (shape_.fluid) {
    outlook_.advance(now);
    outlook_.remove(slot);
  }
  for (const LinkId id : f.links) touch_link(id, 0);
  spread();
  describe(now);
}

void Scene::begin_touch() {
  event_++;
  touch_.flows.clear();
  touch_.links.clear();
  touch_.edge_flow.clear();
  touch_.edge_link.clear();
  touch_.new_flow = false;
  touch_.new_links = 0;
}

void Scene::touch_flow(Slot slot, std::uint32_t distance) {
  Flow &f = flows_[slot];
  if (f.seen == event_) return;
  f.seen = event_;
  f.distance = distance;
  f.index = static_cast<std::uint32_t>(touch_.flows.size());
  touch_.flows.push_back(slot);
}

void Scene::touch_link(LinkId id, std::uint32_t distance) {
  LinkState &link = links_[id];
  if (link.seen == event_ || link.members.empty()) return;
  link.seen = event_;
  link.distance = distance;
  touch_.links.push_back(id);
}

// Breadth first. distance: shared links between a flow and the one that comes or goes; a link's is that of the
// nearest flow that uses it.
void Scene::spread() {
  for (std::size_t i = 0; i < touch_.links.size(); i++) {
    const LinkState &link = links_[touch_.links[i]];
    const std::uint32_t distance = link.distance + 1;
    for (const Member &m : link.members) {
      if (flows_[m.slot].seen == event_) continue;
      touch_flow(m.slot, distance);
      if (shape_.reach && distance >= shape_.reach) continue;
      for (const LinkId next : flows_[m.slot].links) touch_link(next, distance);
    }
  }
}

void Scene::describe(double now) {
  for (std::uint32_t i = 0; i < touch_.links.size(); i++)
    for (const Member &m : links_[touch_.links[i]].members) {
      touch_.edge_flow.push_back(flows_[m.slot].index);
      touch_.edge_link.push_back(i);
    }
  touch_.flow_inputs.clear();
  touch_.link_inputs.clear();
  touch_.base.clear();
  for (const Slot slot : touch_.flows) describe_flow(now, slot);
  for (const LinkId id : touch_.links) describe_link(now, id);
}

void Scene::describe_flow(double now, Slot slot) {
  Flow &f = flows_[slot];
  auto &in = touch_.flow_inputs;
  in.push_back(log_time(now - f.last));
  in.push_back(f.log_size);
  in.push_back(static_cast<float>(f.links.size()) / 8);
  f.last = now;
  if (!shape_.fluid) {
    touch_.base.push_back(1);
    return;
  }
  const double estimate = std::max(1.0, (outlook_.end(slot) - f.start + f.latency) / f.ideal);
  const double passed = std::max(1.0, (now - f.start) / f.ideal);
  in.push_back(static_cast<float>(outlook_.rate(slot) / f.slowest));
  in.push_back(static_cast<float>(outlook_.bits(slot) / f.bits));
  in.push_back(static_cast<float>(std::log(estimate)));
  in.push_back(static_cast<float>(std::log(passed)));
  in.push_back(f.log_ideal);
  touch_.base.push_back(std::max(estimate, passed));
}

void Scene::describe_link(double now, LinkId id) {
  LinkState &link = links_[id];
  auto &in = touch_.link_inputs;
  in.push_back(log_time(now - link.last));
  in.push_back(link.log_rate);
  in.push_back(static_cast<float>(std::log2(1 + static_cast<double>(link.members.size())) / 4));
  link.last = now;
  if (!shape_.fluid) return;
  double load = 0;
  for (const Member &m : link.members) load += outlook_.rate(m.slot);
  in.push_back(static_cast<float>(load / rates_[id]));
}

}  // namespace liteflow::sim::m4
