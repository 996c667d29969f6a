// SPDX-License-Identifier: GPL-2.0
// Sharing: the max-min fair rates of the flows that are there now, kept up to date as flows come and go.
//
// Flows of one route have one rate: they are a class. A link's level is what it gives to those of its flows that have
// no less elsewhere; a class's rate is the least of the levels on its route, and of its own limit. The rates are
// max-min fair if each link that is full has the level that follows from the levels of the others (Bertsekas and
// Gallager, Data Networks, 6.5.2). So an event needs to look at those links only whose flows' rates have changed, and
// stops where they haven't; the least level first, since higher ones depend on it and not the other way round.
//
// Where all flows are bound up with each other that is more work than to fill all links anew, least share first. It is
// given up as soon as that shows, and tried again the later the more often it was given up. On few links all is filled
// anew at every event, as flowsim_exact() does it, ties and all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <unordered_set>
#include <vector>

#include "tools/lf-sim/flowsim/slot_heap.h"
#include "tools/lf-sim/net/routing.h"

namespace liteflow::sim {

using ClassId = std::uint32_t;

class Sharing {
 public:
  enum class Update { whole, local };
  static constexpr std::size_t kFewLinks = 15;
  static Update best_for(std::size_t links) { return links <= kFewLinks ? Update::whole : Update::local; }

  // rates: bits/ns of each link; cap: bits/ns that no flow exceeds, may be infinite.
  Sharing(std::vector<double> rates, double cap, Update update);
  Sharing(const Sharing &) = delete;  // classes are found by what they are here
  Sharing &operator=(const Sharing &) = delete;

  // A flow comes; route: not empty, each link once. Ids are small numbers, used again when a class has no flows left.
  ClassId add(std::span<const LinkId> route);
  // One flow of the class goes.
  void remove(ClassId id);
  // Rates follow what came and went. Returns the classes that have another rate than before, the new ones among them;
  // valid until the next call.
  std::span<const ClassId> settle();

  // Bits/ns of each flow of a class, since settle().
  double rate(ClassId id) const { return classes_[id].rate; }
  std::size_t flows(ClassId id) const { return classes_[id].flows; }

 private:
  static constexpr double kNone = std::numeric_limits<double>::infinity();
  struct Hop {
    LinkId link;
    std::uint32_t place;  // among the members of the link
  };
  // What is asked of a class all the time, apart from the rest for the cache's sake.
  struct Class {
    // Of its limit and the levels on its route the least, whose it is, and the least of the others.
    double least = 0, next = 0;
    LinkId at = 0;
    std::uint32_t flows = 0;
    double rate = 0;
    std::uint64_t filled = 0;  // in which filling it got its rate
  };
  struct Path {
    std::vector<Hop> hops;
    double limit = 0;      // cap, or what the slowest link has
    std::size_t hash = 0;
    bool changed = false;  // since the last settle()
  };
  struct Member {
    ClassId id;
    std::uint32_t hop;
  };
  struct LinkState {
    double level = kNone;  // bits/ns; none: it is not full
    double load = 0;       // bits/ns
    std::vector<Member> members;
    std::uint32_t flows = 0;
    std::uint32_t unfilled = 0;  // flows that have no rate yet while all are filled
  };
  struct Share {
    double share;  // bits/ns of each unfilled flow, or less
    LinkId link;
    bool operator>(const Share &other) const { return share != other.share ? share > other.share : link > other.link; }
  };
  struct Bound {
    double flows, rate;
  };

  // Classes are found by their routes, in a set of their ids.
  struct Hash {
    using is_transparent = void;
    const std::vector<Path> &paths;
    std::size_t operator()(ClassId id) const { return paths[id].hash; }
    std::size_t operator()(std::span<const LinkId> route) const;
  };
  struct Same {
    using is_transparent = void;
    const std::vector<Path> &paths;
    bool operator()(ClassId a, ClassId b) const { return a == b; }
    bool operator()(std::span<const LinkId> route, ClassId id) const;
    bool operator()(ClassId id, std::span<const LinkId> route) const { return (*this)(route, id); }
  };

  ClassId create(std::span<const LinkId> route);
  void leave(ClassId id);
  void note(ClassId id);
  void relax(LinkId id, double rate);
  void bound(ClassId id);
  double level(LinkId id);
  void set_level(LinkId id, double level);
  void follow(ClassId id, LinkId link, double before, double level);
  void move(ClassId id, double rate);
  bool settle_locally();
  bool find_bottlenecks();
  void fill(LinkId id, double rate);
  void fill();

  std::vector<double> rates_;
  double cap_;
  Update update_;
  std::vector<LinkState> links_;
  std::vector<Class> classes_;
  std::vector<Path> paths_;  // of the classes
  std::vector<ClassId> free_, changed_, reported_;
  std::unordered_set<ClassId, Hash, Same> by_route_;
  SlotHeap stale_;              // links whose level may be another, by the level that they had
  std::vector<Bound> bounds_;   // of a link's members, by the other links
  std::vector<Share> shares_;   // heap of the links that are not full yet
  std::vector<Share> full_;     // links that are full together
  std::uint64_t fillings_ = 0;
  std::size_t hops_ = 0;        // of all classes
  // Settlings until the next local one, and how many there were the last time that it was given up.
  std::uint32_t wait_ = 0, patience_ = 1;
};

}  // namespace liteflow::sim
