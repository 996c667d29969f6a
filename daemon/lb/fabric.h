// SPDX-License-Identifier: GPL-2.0
// Fabric: two leaves, spines between them, and the flows from the hosts of one leaf
// to those of the other. A fluid model: rates are max-min fair over the hosts' links
// and the spines, each spine being a path.
//
// What fluid lacks is put on top: a link that holds flows back has a standing queue,
// which grows with their number up to the buffer, and loses or marks what their
// windows ask for; random loss bounds a flow's rate by Mathis's law; a flow
// takes a round trip for each doubling of its window.
//
// A copy goes on as the original would: so one flow is tried over every path.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "daemon/lb/figures.h"

namespace liteflow::lb {

inline constexpr std::size_t kHosts = 8;  // of a leaf
// Bytes that wait when a flow is decided about: half of the peer's first window at most, in whole segments.
inline constexpr std::uint64_t kMostWaiting = 31'856;

struct Spine {
  double rate = 0;           // bytes/s
  double loss = 0;           // at random, share of the segments
  std::uint32_t weight = 1;  // declared
};

// From a time on, a spine has another rate.
struct Change {
  double time = 0;
  std::size_t spine = 0;
  double rate = 0;
};

// How a host chooses for the flows that nobody asks about.
enum class Others { even, best_of_two, least_rtt };

struct FabricSpec {
  Others others = Others::even;
  double host_rate = 0;  // bytes/s
  double rtt = 0;        // seconds, of an empty network, without the time that a spine takes to send
  double buffer = 0;     // bytes that a link queues
  bool marks = false;    // ECN, from a quarter of the buffer on, instead of loss
  std::vector<Spine> spines;
  std::vector<Change> changes;  // by time
};

struct Arrival {
  double time = 0;
  std::size_t source = 0, destination = 0;
  std::size_t spine = 0, other = 0;  // drawn: the one an even choice takes, and the second of two
  std::uint64_t bytes = 0;
};

class Fabric {
 public:
  explicit Fabric(const FabricSpec &spec);

  // Everything until then happens.
  void run(double until);
  // The handshake of one that comes: its RTT is known before the data's path is chosen.
  void greet(const Arrival &arrival);
  // As the others choose.
  std::size_t choice(const Arrival &arrival) const;
  void add(const Arrival &arrival, std::size_t spine);
  // The same, and this flow is the one that is asked about.
  void watch(const Arrival &arrival, std::size_t spine);
  double took() const { return took_; }  // seconds; 0: it is not over
  // The same of any number of flows, by the caller's numbers: those that are over since they were last taken.
  struct Over {
    std::size_t number;
    double seconds;
  };
  void follow(const Arrival &arrival, std::size_t spine, std::size_t number);
  std::vector<Over> take_over() { return std::exchange(over_, {}); }
  double outlook() const;                // what it would take as things stand

  std::array<std::int32_t, LF_LB_INPUTS> inputs(std::size_t source, std::size_t spine, std::uint64_t waiting) const;
  double rtt(std::size_t source, std::size_t spine) const { return figures_[index(source, spine)].rtt(now_); }
  // What the kernel takes for the time on an empty network; 0: unknown.
  double ideal(std::size_t source, std::uint64_t bytes) const;
  double rate_of(std::size_t spine) const { return links_[spine_link(spine)].rate; }

 private:
  static constexpr std::size_t kNowhere = ~std::size_t{0};
  struct Flow {
    bool watched = false;
    std::size_t number = kNowhere;  // that it is followed by
    std::size_t source = 0, destination = 0, spine = 0;
    double bytes = 0, left = 0, rate = 0, began = 0;
    std::size_t held = kNowhere;  // link that it presses on: the one that has least for it
    double window = -1;           // of the path's figures, that it was counted in
  };
  struct Link {
    double rate = 0, queue = 0;     // bytes/s, seconds
    double lost = 0, marked = 0;    // shares of the segments
    double used = 0, flows = 0;     // by those that it holds, bytes/s; their number
  };
  using Route = std::array<std::size_t, 3>;  // links from a host over a spine to a host

  static std::size_t spine_link(std::size_t spine) { return 2 * kHosts + spine; }
  static Route route(const Flow &f) { return {f.source, kHosts + f.destination, spine_link(f.spine)}; }
  std::size_t index(std::size_t source, std::size_t spine) const { return source * spec_.spines.size() + spine; }
  Best best(std::size_t source) const;
  double rtt_now(const Flow &flow) const;
  double bound(const Flow &flow) const;
  double latency(const Flow &flow) const;
  std::size_t choice(std::size_t source, std::size_t spine, std::size_t other) const;
  double next_event(double until) const;
  void share();
  void press();
  void press(Link &link) const;
  void tell(Flow &flow, double seconds);
  void advance(double until);
  void end_flows();
  void make_changes();

  FabricSpec spec_;
  double now_ = 0, took_ = 0;
  std::size_t next_change_ = 0;
  std::vector<Link> links_;  // from the hosts, to the hosts, the spines
  std::vector<Flow> flows_;
  std::vector<Over> over_;
  std::vector<Figures> figures_;  // by source and spine
};

}  // namespace liteflow::lb
