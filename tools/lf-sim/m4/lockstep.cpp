// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/m4/lockstep.h"

#include <array>
#include <cmath>
#include <utility>

namespace liteflow::sim::m4 {
namespace {

template <typename To, typename From>
void append(To &to, const From &from) {
  to.insert(to.end(), from.begin(), from.end());
}

float log_ratio(double slowdown, double base) { return static_cast<float>(std::log(slowdown / base)); }

std::int64_t index(std::size_t n) { return static_cast<std::int64_t>(n); }

}  // namespace

Lockstep::Lockstep(std::vector<Replay> replays) : replays_(std::move(replays)), flow_first_{0}, link_first_{0} {
  for (const Replay &r : replays_) {
    flow_first_.push_back(flow_first_.back() + r.slots());
    link_first_.push_back(link_first_.back() + r.links());
  }
}

bool Lockstep::next(Frame &frame) {
  frame = {};
  for (std::size_t i = 0; i < replays_.size(); i++)
    if (replays_[i].next()) put(replays_[i], i, frame);
  return frame.events > 0;
}

void Lockstep::put(const Replay &r, std::size_t which, Frame &f) const {
  f.events++;
  const Touch &touch = r.scene().touched();
  const std::size_t flows = f.flow_places.size(), links = f.link_places.size();
  for (const Slot slot : touch.flows) {
    f.flow_places.push_back(index(flow_first_[which] + slot));
    append(f.parameters, r.parameters());
    f.weight.push_back(1 / static_cast<float>(r.touches(slot)));
  }
  for (std::size_t i = 0; i < touch.flows.size(); i++)
    f.log_ratio.push_back(log_ratio(r.slowdown(touch.flows[i]), touch.base[i]));
  for (const LinkId id : touch.links) f.link_places.push_back(index(link_first_[which] + id));
  append(f.flow_inputs, touch.flow_inputs);
  append(f.link_inputs, touch.link_inputs);
  for (const std::uint32_t i : touch.edge_flow) f.edge_flow.push_back(index(flows + i));
  for (const std::uint32_t i : touch.edge_link) f.edge_link.push_back(index(links + i));
  std::array<float, 3> state{};
  if (touch.new_flow) {
    f.new_flows.push_back(index(flows));
    r.scene().begin_flow(touch.flows[0], state.data());
    append(f.flow_begin, state);
  }
  for (std::size_t i = touch.links.size() - touch.new_links; i < touch.links.size(); i++) {
    f.new_links.push_back(index(links + i));
    r.scene().begin_link(touch.links[i], state.data());
    append(f.link_begin, state);
  }
  for (std::size_t i = 0; i < touch.flows.size(); i++)
    if (const auto left = r.left(touch.flows[i])) {
      f.left_rows.push_back(index(flows + i));
      f.left.push_back(*left);
    }
  for (std::size_t i = 0; i < touch.links.size(); i++)
    if (const auto queued = r.queued(touch.links[i])) {
      f.queue_rows.push_back(index(links + i));
      f.queue.push_back(std::cbrt(*queued));
    }
  if (const auto &c = r.completed()) {
    f.completed_places.push_back(index(flow_first_[which] + c->slot));
    append(f.completed_inputs, c->inputs);
    append(f.completed_parameters, r.parameters());
    f.completed_log_ratio.push_back(log_ratio(c->slowdown, c->base));
  }
}

}  // namespace liteflow::sim::m4
