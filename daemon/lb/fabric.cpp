// SPDX-License-Identifier: GPL-2.0
#include "daemon/lb/fabric.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace liteflow::lb {
namespace {

constexpr double kSegment = 1448, kFirstBurst = 10 * kSegment;  // bytes
constexpr double kStep_s = 1e-6 * LF_LB_WINDOW_US;              // figures are told that often at least
constexpr double kOwnQueue = 2 * kSegment;  // bytes of a flow in its host's own device, which TCP keeps short (TSQ)
constexpr double kNever = std::numeric_limits<double>::infinity();
constexpr double kMathis = 1.22;  // segments in a window: this / sqrt(loss)

}  // namespace

Fabric::Fabric(const FabricSpec &spec)
    : spec_(spec),
      links_(2 * kHosts + spec.spines.size(), Link{.rate = spec.host_rate}),
      figures_(kHosts * spec.spines.size()) {
  for (std::size_t i = 0; i < spec.spines.size(); i++) links_[spine_link(i)].rate = spec.spines[i].rate;
}

// A segment waits for what is queued, and at the spine for itself.
double Fabric::rtt_now(const Flow &f) const {
  double rtt = spec_.rtt + kSegment / links_[spine_link(f.spine)].rate;
  for (const std::size_t l : route(f)) rtt += links_[l].queue;
  return rtt;
}

// What random loss lets a flow have.
double Fabric::bound(const Flow &f) const {
  const double loss = spec_.spines[f.spine].loss;
  return loss > 0 ? kMathis * kSegment / (rtt_now(f) * std::sqrt(loss)) : kNever;
}

// Progressive filling: the link that has least for each of its flows fixes theirs,
// until all are fixed. Flows with a lower bound of their own are fixed before.
void Fabric::share() {
  const std::size_t links = links_.size();
  std::vector<double> room, wanting(links);
  for (const Link &link : links_) room.push_back(link.rate);
  std::size_t open = flows_.size();
  for (Flow &f : flows_) {
    f.rate = -1;
    f.held = kNowhere;
    for (const std::size_t l : route(f)) wanting[l]++;
  }
  const auto fix = [&](Flow &f, double rate) {
    f.rate = rate;
    open--;
    for (const std::size_t l : route(f)) {
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
      const auto on = route(f);
      if (f.rate < 0 && std::find(on.begin(), on.end(), tight) != on.end()) {
        f.held = tight;
        fix(f, least);
      }
    }
  }
}

void Fabric::press(Link &link) const {
  if (!link.flows) return;
  const double rtt = spec_.rtt + link.queue, window = std::max(1.0, link.used * rtt / link.flows / kSegment);
  if (spec_.marks)
    link.marked = std::min(1.0, 2 / window);
  else
    link.lost += std::min(0.3, kMathis * kMathis / (window * window));
}

// What flows do to the links: who holds them back, and what is lost or marked there.
void Fabric::press() {
  for (Link &link : links_) link.used = link.flows = link.lost = link.marked = 0;
  for (std::size_t i = 0; i < spec_.spines.size(); i++) links_[spine_link(i)].lost = spec_.spines[i].loss;
  for (const Flow &f : flows_) {
    if (f.held == kNowhere) continue;
    links_[f.held].used += f.rate;
    links_[f.held].flows++;
  }
  for (std::size_t l = kHosts; l < links_.size(); l++) press(links_[l]);
}

void Fabric::tell(Flow &f, double seconds) {
  Figures &figures = figures_[index(f.source, f.spine)];
  const double rtt = rtt_now(f), bytes = f.rate * seconds, segments = bytes / kSegment;
  double kept = 1, unmarked = 1;
  for (const std::size_t l : route(f)) {
    kept *= 1 - links_[l].lost;
    unmarked *= 1 - links_[l].marked;
  }
  figures.tell(now_, {.tells = seconds / rtt, .rtt = rtt, .bytes = bytes, .segments = segments,
                      .lost = segments * (1 - kept), .marked = segments * (1 - unmarked), .rate = f.rate});
  f.window = figures.join(now_, f.rate * rtt, f.window);
}

void Fabric::advance(double until) {
  const double seconds = until - now_;
  now_ = until;
  for (Flow &f : flows_) {
    f.left -= f.rate * seconds;
    tell(f, seconds);
  }
  const double keep = std::exp(-seconds / (4 * spec_.rtt));
  for (std::size_t l = 0; l < links_.size(); l++) {
    Link &link = links_[l];
    // Not to the brim: one flow alone leaves half of it when it halves its window.
    double bytes = spec_.buffer / (spec_.marks ? 4 : 1) * link.flows / (link.flows + 1);
    if (l < kHosts) bytes = std::min(bytes, link.flows * kOwnQueue);
    link.queue = bytes / link.rate + (link.queue - bytes / link.rate) * keep;
  }
}

// What a flow takes beside its bytes' time: a round trip, and one for each doubling.
double Fabric::latency(const Flow &f) const {
  const double full = std::min(f.bytes, spec_.host_rate * spec_.rtt);
  const double doublings = std::ceil(std::log2(std::max(1.0, full / kFirstBurst)));
  return (1 + doublings) * rtt_now(f);
}

void Fabric::end_flows() {
  const auto done = [](const Flow &f) { return f.left <= 0.5; };  // bytes
  for (const Flow &f : flows_) {
    if (!done(f)) continue;
    if (f.watched) took_ = now_ - f.began + latency(f);
    if (f.number != kNowhere) over_.push_back({f.number, now_ - f.began + latency(f)});
  }
  std::erase_if(flows_, done);
}

void Fabric::make_changes() {
  for (; next_change_ < spec_.changes.size() && spec_.changes[next_change_].time <= now_; next_change_++)
    links_[spine_link(spec_.changes[next_change_].spine)].rate = spec_.changes[next_change_].rate;
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

std::size_t Fabric::choice(const Arrival &a) const { return choice(a.source, a.spine, a.other); }

std::size_t Fabric::choice(std::size_t source, std::size_t spine, std::size_t other) const {
  const auto nearer = [&](std::size_t i, std::size_t k) { return rtt(source, i) < rtt(source, k); };
  std::vector<std::size_t> all(spec_.spines.size());
  std::iota(all.begin(), all.end(), 0);
  switch (spec_.others) {
    case Others::best_of_two: return std::min(spine, other, nearer);
    case Others::least_rtt: return *std::min_element(all.begin(), all.end(), nearer);
    default: return spine;
  }
}

// Drawn another way than the data, so that the two need not take the same spine.
void Fabric::greet(const Arrival &a) {
  Flow f;
  f.source = a.source;
  f.destination = a.destination;
  f.spine = choice(a.source, a.other, a.spine);
  Told told;
  told.tells = told.segments = 1;
  told.rtt = rtt_now(f);
  figures_[index(f.source, f.spine)].tell(now_, told);
}

void Fabric::add(const Arrival &a, std::size_t spine) {
  const auto bytes = static_cast<double>(a.bytes);
  flows_.push_back({.watched = false, .number = kNowhere, .source = a.source, .destination = a.destination,
                    .spine = spine, .bytes = bytes, .left = bytes, .rate = 0, .began = now_});
  Flow &f = flows_.back();
  f.window = figures_[index(f.source, spine)].join(now_, std::min(bytes, kFirstBurst), f.window);
}

void Fabric::follow(const Arrival &a, std::size_t spine, std::size_t number) {
  add(a, spine);
  flows_.back().number = number;
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
  return figures_[index(source, spine)].inputs(now_, best(source), spec_.spines[spine].weight, waiting);
}

Best Fabric::best(std::size_t source) const {
  Best best;
  for (std::size_t i = 0; i < spec_.spines.size(); i++) {
    const double seen = rtt(source, i);
    best.rate = std::max(best.rate, figures_[index(source, i)].best_rate());
    if (seen > 0) best.rtt = best.rtt > 0 ? std::min(best.rtt, seen) : seen;
  }
  return best;
}

double Fabric::ideal(std::size_t source, std::uint64_t bytes) const {
  const double rate = best(source).rate;
  double base = kNever;
  for (std::size_t i = 0; i < spec_.spines.size(); i++) {
    const double rtt = figures_[index(source, i)].base_rtt();
    if (rtt > 0) base = std::min(base, rtt);
  }
  return rate > 0 ? base + static_cast<double>(bytes) / rate : 0;
}

}  // namespace liteflow::lb
