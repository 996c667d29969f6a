// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/flowsim/sharing.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include "tools/lf-sim/flowsim/inputs.h"

namespace liteflow::sim {

namespace {

// Rates that differ by less are the same, relatively. Sums of many rates make more of it; 1e-6 is what is promised.
constexpr double kSame = 1e-10;

// Of the hops of all classes, one in so many may be looked at before all is filled, and some more.
constexpr std::size_t kWorth = 4, kLeast = 64;
constexpr std::uint32_t kLongest = 256;  // settlings

bool same(double a, double b) { return a == b || std::abs(a - b) <= kSame * std::min(a, b); }

}  // namespace

std::size_t Sharing::Hash::operator()(std::span<const LinkId> route) const {
  std::size_t hash = route.size();
  for (const LinkId link : route) {
    hash = (hash ^ link) * 0x9e3779b97f4a7c15U;
    hash ^= hash >> 29U;
  }
  return hash;
}

bool Sharing::Same::operator()(std::span<const LinkId> route, ClassId id) const {
  const std::vector<Hop> &hops = paths[id].hops;
  return std::equal(route.begin(), route.end(), hops.begin(), hops.end(),
                    [](LinkId link, const Hop &hop) { return link == hop.link; });
}

Sharing::Sharing(std::vector<double> rates, double cap, Update update)
    : rates_(std::move(rates)), cap_(cap), update_(update), links_(rates_.size()),
      by_route_(0, Hash{paths_}, Same{paths_}), wait_(update == Update::whole) {}

ClassId Sharing::add(std::span<const LinkId> route) {
  const auto found = by_route_.find(route);
  const ClassId id = found != by_route_.end() ? *found : create(route);
  Class &c = classes_[id];
  c.flows++;
  for (const Hop &hop : paths_[id].hops) {
    links_[hop.link].flows++;
    links_[hop.link].load += c.rate;
    relax(hop.link, c.rate);
  }
  return id;
}

void Sharing::remove(ClassId id) {
  Class &c = classes_[id];
  c.flows--;
  for (const Hop &hop : paths_[id].hops) {
    links_[hop.link].flows--;
    links_[hop.link].load -= c.rate;
    relax(hop.link, c.rate);
  }
  if (!c.flows) leave(id);
}

ClassId Sharing::create(std::span<const LinkId> route) {
  ClassId id = static_cast<ClassId>(classes_.size());
  if (free_.empty()) {
    classes_.emplace_back();
    paths_.emplace_back();
  } else {
    id = free_.back();
    free_.pop_back();
  }
  Path &path = paths_[id];
  path.limit = cap_;
  path.hops.clear();
  for (const LinkId link : route) {
    LinkState &state = links_[link];
    path.hops.push_back({link, static_cast<std::uint32_t>(state.members.size())});
    state.members.push_back({id, static_cast<std::uint32_t>(path.hops.size() - 1)});
    path.limit = std::min(path.limit, rates_[link]);
  }
  hops_ += route.size();
  classes_[id].rate = 0;
  if (!wait_) {
    bound(id);
    classes_[id].rate = classes_[id].least;
  }
  path.hash = by_route_.hash_function()(route);
  by_route_.insert(id);
  note(id);
  return id;
}

void Sharing::leave(ClassId id) {
  by_route_.erase(id);
  hops_ -= paths_[id].hops.size();
  for (const Hop &hop : paths_[id].hops) {
    LinkState &link = links_[hop.link];
    const Member last = link.members.back();
    link.members[hop.place] = last;
    paths_[last.id].hops[last.hop].place = hop.place;
    link.members.pop_back();
    if (!link.members.empty()) continue;
    link.load = 0;
    link.level = kNone;
    stale_.erase(hop.link);
  }
  free_.push_back(id);
}

std::span<const ClassId> Sharing::settle() {
  if (wait_ || !settle_locally()) fill();
  std::swap(reported_, changed_);
  changed_.clear();
  for (const ClassId id : reported_) paths_[id].changed = false;
  // Some may have gone since.
  std::erase_if(reported_, [this](ClassId id) { return !classes_[id].flows; });
  return reported_;
}

void Sharing::note(ClassId id) {
  if (std::exchange(paths_[id].changed, true)) return;
  changed_.push_back(id);
}

// The rate of some flow on the link is another than when its level was found.
void Sharing::relax(LinkId id, double rate) {
  if (wait_) return;
  const LinkState &link = links_[id];
  if (link.level == kNone && link.load <= rates_[id] * (1 + kSame)) return;
  const double order = std::min(link.level, rate);
  if (!stale_.contains(id) || order < stale_.value(id)) stale_.set(id, order);
}

void Sharing::bound(ClassId id) {
  Class &c = classes_[id];
  c.least = c.next = paths_[id].limit;
  c.at = static_cast<LinkId>(links_.size());
  for (const Hop &hop : paths_[id].hops) {
    const double level = links_[hop.link].level;
    if (level < c.least) {
      c.next = std::exchange(c.least, level);
      c.at = hop.link;
    } else {
      c.next = std::min(c.next, level);
    }
  }
}

// Where the sum of min(bound, level) over the flows is what the link has: by Newton's method, which from below
// never goes beyond, and ends, as the sum is concave and made of straight parts.
double Sharing::level(LinkId id) {
  const LinkState &link = links_[id];
  bounds_.clear();
  double flows = 0;
  for (const Member &member : link.members) {
    const Class &c = classes_[member.id];
    bounds_.push_back({static_cast<double>(c.flows), c.at == id ? c.next : c.least});
    flows += static_cast<double>(c.flows);
  }
  for (double level = rates_[id] / flows;;) {
    double left = rates_[id], above = 0;
    for (const Bound &b : bounds_) {
      if (b.rate <= level) left -= b.flows * b.rate;
      else above += b.flows;
    }
    if (above == 0) return kNone;
    const double next = left / above;
    if (!(next > level)) return level;
    level = next;
  }
}

void Sharing::set_level(LinkId id, double level) {
  LinkState &link = links_[id];
  const double before = std::exchange(link.level, level);
  for (const Member &member : link.members) {
    follow(member.id, id, before, level);
    const Class &c = classes_[member.id];
    if (!same(c.least, c.rate)) move(member.id, c.least);
  }
}

// The bounds of a class when a level on its route has become another.
void Sharing::follow(ClassId id, LinkId link, double before, double level) {
  Class &c = classes_[id];
  if (c.at == link ? level <= c.next : level >= c.least && level <= c.next) {
    (c.at == link ? c.least : c.next) = level;
  } else if (c.at != link && level < c.least) {
    c.next = std::exchange(c.least, level);
    c.at = link;
  } else if (before <= c.next) {
    bound(id);
  }
}

void Sharing::move(ClassId id, double rate) {
  note(id);
  Class &c = classes_[id];
  const double more = static_cast<double>(c.flows) * (rate - c.rate), lesser = std::min(rate, c.rate);
  c.rate = rate;
  for (const Hop &hop : paths_[id].hops) {
    links_[hop.link].load += more;
    relax(hop.link, lesser);
  }
}

// False: it is more work than to fill all.
bool Sharing::settle_locally() {
  for (std::size_t left = hops_ / kWorth + kLeast; !stale_.empty();) {
    const LinkId id = stale_.slot();
    if (links_[id].members.size() > left) {
      wait_ = patience_ = std::min(2 * patience_, kLongest);
      return false;
    }
    left -= links_[id].members.size();
    const double level = this->level(id);
    if (!same(level, links_[id].level)) set_level(id, level);
    stale_.erase(id);
  }
  patience_ = std::max(patience_ / 2, 1U);
  return true;
}

// The links that are full next, if any. A share only grows while others get theirs, so that of the heap is the least
// that it can be.
bool Sharing::find_bottlenecks() {
  full_.clear();
  double most = kNone;
  while (!shares_.empty() && shares_.front().share < most) {
    std::pop_heap(shares_.begin(), shares_.end(), std::greater<>());
    Share &last = shares_.back();
    const LinkState &link = links_[last.link];
    if (!link.unfilled) {
      shares_.pop_back();
      continue;
    }
    const double share = (rates_[last.link] - link.load) / static_cast<double>(link.unfilled);
    if (share > last.share) {
      last.share = share;
      std::push_heap(shares_.begin(), shares_.end(), std::greater<>());
    } else {
      if (full_.empty()) most = last.share + tie_of(links_.size(), last.share);
      full_.push_back(last);
      shares_.pop_back();
    }
  }
  return !full_.empty();
}

// All flows on a link get the rate that have none yet.
void Sharing::fill(LinkId id, double rate) {
  if (rate < cap_) links_[id].level = rate;
  for (const Member &member : links_[id].members) {
    Class &c = classes_[member.id];
    if (std::exchange(c.filled, fillings_) == fillings_) continue;
    if (!same(rate, c.rate)) note(member.id);
    c.rate = rate;
    for (const Hop &hop : paths_[member.id].hops) {
      links_[hop.link].load += static_cast<double>(c.flows) * rate;
      links_[hop.link].unfilled -= c.flows;
    }
  }
}

void Sharing::fill() {
  while (!stale_.empty()) stale_.erase(stale_.slot());
  fillings_++;
  shares_.clear();
  for (LinkId id = 0; id < links_.size(); id++) {
    LinkState &link = links_[id];
    link.load = 0;
    link.level = kNone;
    link.unfilled = link.flows;
    if (link.flows) shares_.push_back({rates_[id] / static_cast<double>(link.flows), id});
  }
  std::make_heap(shares_.begin(), shares_.end(), std::greater<>());
  while (find_bottlenecks())
    for (const Share &full : full_) fill(full.link, std::min(full.share, cap_));
  if (update_ == Update::whole || --wait_) return;
  for (ClassId id = 0; id < classes_.size(); id++) bound(id);
}

}  // namespace liteflow::sim
