// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/parsimon/parsimon.h"

#include <algorithm>
#include <chrono>
#include <mutex>
#include <utility>

#include "codegen/error.h"
#include "tools/lf-sim/net/parallel.h"

namespace liteflow::sim {

using namespace parsimon;

namespace {

using Clock = std::chrono::steady_clock;

double lap(Clock::time_point &start) {
  const auto last = std::exchange(start, Clock::now());
  return std::chrono::duration<double>(start - last).count();
}

void check_settings(const ParsimonSettings &s) {
  check(s.transport);
  check(s.buckets);
  check(s.likeness);
  if (!s.threads) throw Error("parsimon: threads must be at least 1");
}

// What a simulation leaves.
struct Simulated {
  Buckets buckets;
  std::vector<float> own;  // of each flow, if it is asked for
};

class Estimator {
 public:
  Estimator(const Topology &topology, const std::vector<Flow> &flows, const std::vector<Route> &routes,
            const Wire &wire, const ParsimonSettings &settings)
      : topology_(topology), flows_(flows), routes_(routes), wire_(wire), settings_(settings), start_(Clock::now()),
        parts_(topology, flows, routes, wire, settings.queues, settings.ack_bytes), places_(parts_.links()) {
    for (LinkId link = 0; link < parts_.links(); link++) {
      if (parts_.users(link).empty()) continue;
      places_[link] = run_.links.size();
      ParsimonLink &l = run_.links.emplace_back();
      l.link = link;
      l.flows = parts_.users(link).size();
      l.rate = parts_.rate(link);
    }
    run_.seconds.decompose = lap(start_);
  }

  ParsimonRun run() {
    find_clusters();
    simulate_all();
    tell_members();
    add_up();
    return std::move(run_);
  }

 private:
  Traits traits(LinkId link) const {
    std::vector<double> bytes, starts;
    for (const std::uint32_t i : parts_.users(link)) {
      bytes.push_back(static_cast<double>(flows_[i].bytes));
      starts.push_back(static_cast<double>(flows_[i].start_ns));
    }
    return traits_of(std::move(bytes), starts, topology_.link(link).rate,
                     2 * parts_.is_first(link) + parts_.is_last(link));
  }

  void find_clusters() {
    const std::size_t links = run_.links.size();
    firsts_.resize(links);
    for (std::size_t i = 0; i < links; i++) firsts_[i] = i;
    if (settings_.clustered) {
      std::vector<Traits> all(links);
      in_parallel(links, settings_.threads, [&](std::size_t i) { all[i] = traits(run_.links[i].link); });
      firsts_ = cluster(all, settings_.likeness);
    }
    for (std::size_t i = 0; i < links; i++)
      if (firsts_[i] == i) work_.push_back(i);
    run_.clusters = work_.size();
    // The longest first, so that the threads end at about the same time.
    std::stable_sort(work_.begin(), work_.end(),
                     [&](std::size_t a, std::size_t b) { return packets_on(a) > packets_on(b); });
    run_.seconds.cluster = lap(start_);
  }

  std::uint64_t packets_on(std::size_t i) const { return parts_.packets(run_.links[i].link); }

  void simulate_all() {
    simulated_.resize(run_.links.size());
    std::uint64_t done = 0, all = 0;
    for (const std::size_t i : work_) all += packets_on(i);
    std::mutex lock;
    in_parallel(work_.size(), settings_.threads, [&](std::size_t k) {
      simulate(work_[k]);
      const std::lock_guard guard(lock);
      done += packets_on(work_[k]);
      if (settings_.progress) settings_.progress(done, all);
    });
    run_.seconds.simulate = lap(start_);
  }

  void simulate(std::size_t i) {
    auto start = Clock::now();
    ParsimonLink &l = run_.links[i];
    const LinkSpec spec = parts_.spec(l.link);
    const LinkRun r = simulate_link(spec, wire_, settings_.transport);
    // What flows wait at their sources is of the sources' links.
    LinkRun sources;
    if (!spec.sources.empty()) sources = simulate_link(without_link(spec, wire_), wire_, settings_.transport);
    std::vector<Delay> delays;
    const auto users = parts_.users(l.link);
    for (std::size_t k = 0; k < users.size(); k++) {
      const std::uint64_t bytes = flows_[users[k]].bytes;
      double delay = r.fct_ns[k] - r.alone_ns[k];
      if (!spec.sources.empty()) delay -= std::max(0.0, sources.fct_ns[k] - sources.alone_ns[k]);
      delay = std::max(0.0, delay) / static_cast<double>(Packets(wire_, bytes).number);
      delays.push_back({bytes, static_cast<float>(delay)});
      l.mean_packet_ns += delay / static_cast<double>(users.size());
      if (settings_.own_delays) simulated_[i].own.push_back(static_cast<float>(delay));
    }
    simulated_[i].buckets = Buckets(std::move(delays), settings_.buckets);
    l.buckets = simulated_[i].buckets.buckets().size();
    l.packets = r.packets;
    l.sent = r.sent;
    l.dropped = r.dropped;
    l.marked = r.marked;
    l.timeouts = r.timeouts;
    l.events = r.events + sources.events;
    l.mean_queue_bytes = r.mean_queue_bytes;
    l.most_queue_bytes = r.most_queue_bytes;
    l.seconds = lap(start);
  }

  void tell_members() {
    for (const std::size_t i : work_) {
      run_.packets += run_.links[i].packets;
      run_.events += run_.links[i].events;
    }
    for (std::size_t i = 0; i < run_.links.size(); i++) {
      ParsimonLink own = run_.links[i];
      run_.links[i] = run_.links[firsts_[i]];
      run_.links[i].simulated = run_.links[i].link;
      run_.links[i].link = own.link;
      run_.links[i].flows = own.flows;
      run_.links[i].rate = own.rate;
    }
  }

  // Where a flow is among those of a link.
  float own(std::size_t i, std::uint32_t flow) const {
    const auto users = parts_.users(run_.links[i].link);
    const auto place = std::lower_bound(users.begin(), users.end(), flow) - users.begin();
    return simulated_[i].own[static_cast<std::size_t>(place)];
  }

  void add_up() {
    Rng rng(settings_.seed);
    Transport at_once = settings_.transport;
    at_once.initial_window = at_once.most_window = 1e9;
    Alone alone(settings_.transport), without(at_once);
    run_.completions.resize(flows_.size());
    for (std::size_t f = 0; f < flows_.size(); f++) {
      const Packets packets(wire_, flows_[f].bytes);
      double delay = 0;
      for (const LinkId link : routes_[f]) {
        const std::size_t i = places_[link], first = firsts_[i];
        delay += settings_.own_delays && i == first ? own(i, static_cast<std::uint32_t>(f))
                                                    : simulated_[first].buckets.draw(flows_[f].bytes, rng);
      }
      // What the window costs a flow that is alone is of the path and not of any link.
      const Pipe pipe = parts_.pipe(f);
      const double window = alone.ns(pipe, packets) - without.ns(pipe, packets);
      Completion &c = run_.completions[f];
      c.ideal_ns = ideal_ns(wire_, topology_, routes_[f], flows_[f].bytes);
      c.fct_ns = c.ideal_ns + window + delay * static_cast<double>(packets.number);
    }
    run_.seconds.aggregate = lap(start_);
  }

  const Topology &topology_;
  const std::vector<Flow> &flows_;
  const std::vector<Route> &routes_;
  const Wire &wire_;
  const ParsimonSettings &settings_;
  Clock::time_point start_;
  Decomposition parts_;
  ParsimonRun run_;
  std::vector<std::size_t> places_;    // of links, in run_.links
  std::vector<std::size_t> firsts_;    // the link that stands for each, in run_.links
  std::vector<std::size_t> work_;      // of run_.links, those to simulate
  std::vector<Simulated> simulated_;   // of run_.links
};

}  // namespace

ParsimonRun run_parsimon(const Topology &topology, const std::vector<Flow> &flows, const std::vector<Route> &routes,
                         const Wire &wire, const ParsimonSettings &settings) {
  check_settings(settings);
  return Estimator(topology, flows, routes, wire, settings).run();
}

}  // namespace liteflow::sim
