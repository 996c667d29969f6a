// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/m4/outlook.h"

#include <algorithm>
#include <limits>

namespace liteflow::sim::m4 {

// Locally, however few links there are: training, on a few of them, then sees what inference sees on all.
Outlook::Outlook(const std::vector<double> &rates)
    : sharing_(std::make_unique<Sharing>(rates, std::numeric_limits<double>::infinity(), Sharing::Update::local)) {}

void Outlook::advance(double now) {
  while (!ends_.empty() && ends_.value() <= now) {
    now_ = std::max(now_, ends_.value());
    drain(ends_.slot());
  }
  now_ = std::max(now_, now);
}

void Outlook::add(std::uint32_t slot, std::span<const LinkId> route, double bits) {
  if (slot >= flows_.size()) flows_.resize(slot + 1);
  const ClassId id = sharing_->add(route);
  if (id >= classes_.size()) classes_.resize(id + 1);
  const auto place = static_cast<std::uint32_t>(classes_[id].size());
  classes_[id].push_back(slot);
  flows_[slot] = {.id = id, .place = place, .bits = bits, .since = now_, .rate = 0, .end = now_};
  settle();
  follow(slot);  // if its class has the rate that it had
}

void Outlook::remove(std::uint32_t slot) {
  if (flows_[slot].rate > 0) drain(slot);
}

double Outlook::bits(std::uint32_t slot) const {
  const Flow &f = flows_[slot];
  return f.rate > 0 ? std::max(0.0, f.bits - f.rate * (now_ - f.since)) : 0;
}

void Outlook::drain(std::uint32_t slot) {
  Flow &f = flows_[slot];
  auto &all = classes_[f.id];
  all[f.place] = all.back();
  flows_[all.back()].place = f.place;
  all.pop_back();
  sharing_->remove(f.id);
  ends_.erase(slot);
  f.rate = 0;
  f.end = now_;
  settle();
}

void Outlook::settle() {
  for (const ClassId id : sharing_->settle())
    for (const std::uint32_t slot : classes_[id]) follow(slot);
}

// The rate of its class.
void Outlook::follow(std::uint32_t slot) {
  Flow &f = flows_[slot];
  const double rate = sharing_->rate(f.id);
  if (f.rate == rate) return;
  f.bits = std::max(0.0, f.bits - f.rate * (now_ - f.since));
  f.since = now_;
  f.rate = rate;
  f.end = now_ + f.bits / rate;
  ends_.set(slot, f.end);
}

}  // namespace liteflow::sim::m4
