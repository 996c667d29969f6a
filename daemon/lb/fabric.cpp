// SPDX-License-Identifier: GPL-2.0
#include "daemon/lb/fabric.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace liteflow::lb {
namespace {

constexpr double kSegment = 1448, kFirstBurst = 10 * kSegment;  // bytes
constexpr double kStep_s = 1e-6 * LF_LB_WINDOW_US;              // figures are told that often at least
constexpr double kNever = std::numeric_limits<double>::infinity();
constexpr double kMathis = 1.22;  // segments in a window: this / sqrt(loss)

}  // namespace

Fabric::Fabric(const FabricSpec &spec)
    : spec_(spec), spines_(spec.spines.size()), figures_(kHosts * spec.spines.size()) {
  for (std::size_t i = 0; i < spines_.size(); i++) spines_[i].rate = spec.spines[i].rate;
}

// A segment waits for what is queued, and for itself.
double Fabric::rtt_now(std::size_t spine) const {
  const State &s = spines_[spine];
  return spec_.rtt + kSegment / s.rate + s.queue;
}

// What random loss lets a flow have.
double Fabric::bound(const Flow &f) const {
  const double loss = spec_.spines[f.spine].loss;
  return loss > 0 ? kMathis * kSegment / (rtt_now(f.spine) * std::sqrt(loss)) : kNever;
}

// Progressive filling: the link that has least for each of its flows fixes theirs,
// until all are fixed. Flows with a lower bound of their own are fixed before.
void Fabric::share() {
  const std::size_t links = 2 * kHosts + spines_.size();
  std::vector<double> room(links, spec_.host_rate), wanting(links);
  for (std::size_t i = 0; i < spines_.size(); i++) room[2 * kHosts + i] = spines_[i].rate;
  const auto links_of = [](const Flow &f) {
    return std::array<std::size_t, 3>{f.source, kHosts + f.destination, 2 * kHosts + f.spine};
  };
  std::size_t open = flows_.size();
  for (Flow &f : flows_) {
    f.rate = -1;
    for (const std::size_t l : links_of(f)) wanting[l]++;
  }
  const auto fix = [&](Flow &f, double rate) {
    f.rate = rate;
    open--;
    for (const std::size_t l : links_of(f)) {
      room[l] = std::max(0.0, room[l] - rate);
      wanting[l]--;
    }
  };
  while (open > 0) {
    double least = kNever;
    std::size_t tight = 0;
    for (std::size_t l = 0; l < links; l++) {
      if (wanting[l] < 1 || room[l] / wanting[l] >= least) continue;
      least = room[l] / wanting[l];
      tight = l;
    }
    const std::size_t before = open;
    for (Flow &f : flows_)
      if (f.rate < 0 && bound(f) < least) fix(f, bound(f));
    if (open < before) continue;
    for (Flow &f : flows_) {
      const auto on = links_of(f);
      if (f.rate < 0 && std::find(on.begin(), on.end(), tight) != on.end()) fix(f, least);
    }
  }
}

// What flows do to the spines: who is full, and what is lost or marked there.
void Fabric::press() {
  std::vector<double> used(spines_.size());
  for (State &s : spines_) s.flows = 0;
  for (const Flow &f : flows_) {
    used[f.spine] += f.rate;
    spines_[f.spine].flows++;
  }
  for (std::size_t i = 0; i < spines_.size(); i++) {
    State &s = spines_[i];
    s.full = s.flows > 0 && used[i] > 0.99 * s.rate;
    s.lost = spec_.spines[i].loss;
    s.marked = 0;
    if (!s.full) continue;
    const double window = std::max(1.0, s.rate * rtt_now(i) / s.flows / kSegment);  // of a flow, segments
    if (spec_.marks)
      s.marked = std::min(1.0, 2 / window);
    else
      s.lost += std::min(0.3, kMathis * kMathis / (window * window));
  }
}

void Fabric::tell(Flow &f, double seconds) {
  Figures &figures = figures_[index(f.source, f.spine)];
  const State &s = spines_[f.spine];
  const double rtt = rtt_now(f.spine), bytes = f.rate * seconds, segments = bytes / kSegment;
  figures.tell(now_, {.tells = seconds / rtt, .rtt = rtt, .bytes = bytes, .segments = segments,
                      .lost = segments * s.lost, .marked = segments * s.marked, .rate = f.rate});
  f.window = figures.join(now_, f.rate * rtt, f.window);
}

void Fabric::advance(double until) {
  const double seconds = until - now_;
  now_ = until;
  for (Flow &f : flows_) {
    f.left -= f.rate * seconds;
    tell(f, seconds);
  }
  for (State &s : spines_) {
    // Not to the brim: one flow alone leaves half of it when it halves its window.
    const double limit = spec_.buffer / s.rate / (spec_.marks ? 4 : 1);
    const double target = s.full ? limit * s.flows / (s.flows + 1) : 0;
    s.queue = target + (s.queue - target) * std::exp(-seconds / (4 * spec_.rtt));
  }
}

// What a flow takes beside its bytes' time: a round trip, and one for each doubling.
double Fabric::latency(const Flow &f) const {
  const double full = std::min(f.bytes, spec_.host_rate * spec_.rtt);
  const double doublings = std::ceil(std::log2(std::max(1.0, full / kFirstBurst)));
  return (1 + doublings) * rtt_now(f.spine);
}

void Fabric::end_flows() {
  const auto done = [](const Flow &f) { return f.left <= 0.5; };  // bytes
  for (const Flow &f : flows_)
    if (f.watched && done(f)) took_ = now_ - f.began + latency(f);
  std::erase_if(flows_, done);
}

void Fabric::make_changes() {
  for (; next_change_ < spec_.changes.size() && spec_.changes[next_change_].time <= now_; next_change_++)
    spines_[spec_.changes[next_change_].spine].rate = spec_.changes[next_change_].rate;
}

double Fabric::next_event(double until) const {
  double next = std::min(until, now_ + kStep_s);
  if (next_change_ < spec_.changes.size()) next = std::min(next, spec_.changes[next_change_].time);
  for (const Flow &f : flows_)
    if (f.rate > 0) next = std::min(next, now_ + f.left / f.rate);
  return std::max(next, now_ + 1e-9);
}

void Fabric::run(double until) {
  while (now_ < until) {
    if (flows_.empty() && next_change_ == spec_.changes.size()) {
      press();
      advance(until);
      return;
    }
    share();
    press();
    advance(next_event(until));
    end_flows();
    make_changes();
  }
}

void Fabric::add(const Arrival &a, std::size_t spine) {
  const auto bytes = static_cast<double>(a.bytes);
  flows_.push_back({.watched = false, .source = a.source, .destination = a.destination, .spine = spine,
                    .bytes = bytes, .left = bytes, .rate = 0, .began = now_});
  Flow &f = flows_.back();
  f.window = figures_[index(f.source, spine)].join(now_, std::min(bytes, kFirstBurst), f.window);
}

void Fabric::watch(const Arrival &a, std::size_t spine) {
  add(a, spine);
  flows_.back().watched = true;
  took_ = 0;
}

double Fabric::outlook() const {
  for (const Flow &f : flows_)
    if (f.watched) return now_ - f.began + f.left / std::max(f.rate, 1.0) + latency(f);
  return took_;
}

std::array<std::int32_t, LF_LB_INPUTS> Fabric::inputs(std::size_t source, std::size_t spine,
                                                      std::uint64_t waiting) const {
  return figures_[index(source, spine)].inputs(now_, best_rate(source), spec_.spines[spine].weight, waiting);
}

double Fabric::best_rate(std::size_t source) const {
  double rate = 0;
  for (std::size_t i = 0; i < spines_.size(); i++) rate = std::max(rate, figures_[index(source, i)].best_rate());
  return rate;
}

double Fabric::ideal(std::size_t source, std::uint64_t bytes) const {
  const double rate = best_rate(source);
  double base = kNever;
  for (std::size_t i = 0; i < spines_.size(); i++) {
    const double rtt = figures_[index(source, i)].base_rtt();
    if (rtt > 0) base = std::min(base, rtt);
  }
  return rate > 0 ? base + static_cast<double>(bytes) / rate : 0;
}

}  // namespace liteflow::lb
