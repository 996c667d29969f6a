// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/flowsim/fluid.h"

#include <algorithm>
#include <functional>

namespace liteflow::sim {

void Fluid::add(double now_ns, std::uint32_t number, double bits, std::span<const LinkId> route) {
  if (now_ns > now_) settle();
  now_ = std::max(now_, now_ns);
  const ClassId id = sharing_.add(route);
  if (id >= classes_.size()) classes_.resize(id + 1);
  Served &c = classes_[id];
  if (c.flows.empty()) c.bits = c.rate = 0, c.since = now_;
  serve(c);
  c.flows.push_back({c.bits + bits, number});
  std::push_heap(c.flows.begin(), c.flows.end(), std::greater<>());
  touch(id);
  active_++;
}

double Fluid::next_ns() {
  settle();
  return ends_.empty() ? kNever : ends_.value();
}

std::uint32_t Fluid::complete() {
  settle();
  now_ = std::max(now_, ends_.value());
  const ClassId id = ends_.slot();
  Served &c = classes_[id];
  const Flow flow = c.flows.front();
  c.bits = flow.end;
  c.since = now_;
  std::pop_heap(c.flows.begin(), c.flows.end(), std::greater<>());
  c.flows.pop_back();
  sharing_.remove(id);
  touch(id);
  active_--;
  return flow.number;
}

void Fluid::serve(Served &c) const {
  c.bits += c.rate * (now_ - c.since);
  c.since = now_;
}

void Fluid::touch(ClassId id) {
  settled_ = false;
  if (std::exchange(classes_[id].touched, true)) return;
  touched_.push_back(id);
}

// What happened at this moment is over: rates and ends follow.
void Fluid::settle() {
  if (settled_) return;
  for (const ClassId id : sharing_.settle()) {
    serve(classes_[id]);
    classes_[id].rate = sharing_.rate(id);
    touch(id);
  }
  for (const ClassId id : touched_) {
    Served &c = classes_[id];
    c.touched = false;
    if (c.flows.empty()) ends_.erase(id);
    else ends_.set(id, c.since + std::max(0.0, c.flows.front().end - c.bits) / c.rate);
  }
  touched_.clear();
  settled_ = true;
}

}  // namespace liteflow::sim
