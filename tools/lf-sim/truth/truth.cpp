// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/truth/truth.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <ctime>
#include <memory>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "codegen/error.h"
#include "daemon/training/rng.h"
#include "tools/lf-sim/truth/connection.h"
#include "tools/lf-sim/truth/packets.h"
#include "tools/lf-sim/truth/trace.h"

namespace liteflow::sim {
namespace {

double lead_of(const TcpSettings &s) { return s.open_at_start ? 0 : s.lead_ms * 1e6; }

void check(const Topology &topology, const std::vector<Flow> &flows, const std::vector<Route> &routes) {
  if (routes.size() != flows.size())
    throw Error(fmt::format("{} routes for {} flows: give one to each", routes.size(), flows.size()));
  for (std::size_t i = 0; i < flows.size(); i++) {
    NodeId at = flows[i].source;
    for (const LinkId link : routes[i]) {
      if (topology.link(link).from != at)
        throw Error(fmt::format("flow {}: its route is broken at node {}", flows[i].id, at));
      at = topology.link(link).to;
    }
    if (routes[i].empty() || at != flows[i].destination)
      throw Error(fmt::format("flow {}: its route does not lead from node {} to node {}", flows[i].id, flows[i].source,
                              flows[i].destination));
    if (flows[i].bytes == 0) throw Error(fmt::format("flow {}: has no bytes", flows[i].id));
    if (i > 0 && flows[i].start_ns < flows[i - 1].start_ns)
      throw Error(fmt::format("flow {}: starts before the one before it: sort them by start", flows[i].id));
  }
}

class Run {
 public:
  Run(const Topology &topology, const std::vector<Flow> &flows, const std::vector<Route> &routes,
      const TcpSettings &settings, const std::string &trace, const std::function<void(std::size_t)> &progress)
      : topology_(topology), flows_(flows), routes_(routes), settings_(settings), progress_(progress),
        packets_(topology, settings, lead_of(settings)),
        connections_(flows.size()), begun_ns_(flows.size()) {
    Rng rng(settings.seed);
    for (const Flow &flow : flows)
      starts_ns_.push_back(static_cast<double>(flow.start_ns) + settings.jitter_ns * rng.uniform());
    run_.completions.resize(flows.size());
    run_.waited_ns.resize(flows.size());
    if (!trace.empty()) trace_.emplace(trace);
  }

  TruthRun run();

 private:
  void open(std::size_t i);
  void begun(std::size_t i);
  void done(std::size_t i);
  void trace(std::size_t i, bool arrival);
  void finish();

  const Topology &topology_;
  const std::vector<Flow> &flows_;
  const std::vector<Route> &routes_;
  const TcpSettings &settings_;
  const std::function<void(std::size_t)> &progress_;
  Packets packets_;
  std::vector<std::unique_ptr<Connection>> connections_;  // those that are open
  std::vector<double> starts_ns_, begun_ns_;
  std::set<std::uint32_t> active_;
  std::size_t done_ = 0;
  std::optional<TraceWriter> trace_;
  TruthRun run_;
};

// Opens a flow's connection and, so that as few events wait as can be, sees to the next flow.
void Run::open(std::size_t i) {
  connections_[i] = std::make_unique<Connection>(packets_, flows_[i].source, flows_[i].destination, routes_[i]);
  packets_.at(starts_ns_[i], [this, i] {
    connections_[i]->send(flows_[i].bytes, [this, i] { begun(i); }, [this, i] { done(i); });
  });
  if (i + 1 < flows_.size()) packets_.at(starts_ns_[i + 1] - lead_of(settings_), [this, i] { open(i + 1); });
}

void Run::begun(std::size_t i) {
  begun_ns_[i] = packets_.now_ns();
  const double waited = begun_ns_[i] - starts_ns_[i];
  if (waited > 1e-2) run_.waited_ns[i] = waited;  // less is what rounding to picoseconds leaves
  if (!trace_) return;
  active_.insert(static_cast<std::uint32_t>(i));
  trace(i, true);
}

void Run::done(std::size_t i) {
  run_.completions[i] = {packets_.now_ns() - begun_ns_[i],
                         ideal_ns(settings_.wire, topology_, routes_[i], flows_[i].bytes)};
  if (trace_) {
    active_.erase(static_cast<std::uint32_t>(i));
    trace(i, false);
  }
  packets_.at(packets_.now_ns(), [this, i] { connections_[i].reset(); });
  if (progress_) progress_(done_ + 1);
  if (++done_ == flows_.size()) packets_.stop();
}

void Run::trace(std::size_t i, bool arrival) {
  TraceEvent event{.arrival = arrival, .time_ps = std::llround(packets_.now_ns() * 1000),
                   .flow = static_cast<std::uint32_t>(i), .active = {}, .queues = {}};
  for (const std::uint32_t flow : active_) event.active.push_back({flow, connections_[flow]->left()});
  if (arrival)
    for (const LinkId link : routes_[i]) event.queues.push_back(packets_.queue_bytes(link));
  trace_->add(event);
}

void Run::finish() {
  run_.events = packets_.events();
  run_.simulated_s = (packets_.now_ns() + lead_of(settings_)) * 1e-9;
  if (!settings_.open_at_start)
    run_.late = static_cast<std::size_t>(
        std::count_if(run_.waited_ns.begin(), run_.waited_ns.end(), [](double waited) { return waited > 0; }));
  for (std::size_t link = 0; link < topology_.links().size(); link++) {
    const LinkCount count = packets_.count(static_cast<LinkId>(link));
    run_.link_bytes.push_back(count.bytes);
    run_.marked += count.marked;
    run_.dropped += count.dropped;
  }
}

TruthRun Run::run() {
  if (flows_.empty()) return std::move(run_);
  packets_.at(starts_ns_[0] - lead_of(settings_), [this] { open(0); });
  packets_.at(starts_ns_.back() + settings_.limit_s * 1e9, [this] { packets_.stop(); });
  packets_.run();
  finish();
  if (done_ < flows_.size()) {
    std::size_t first = 0;
    while (run_.completions[first].ideal_ns > 0) first++;
    throw Error(fmt::format("{} of {} flows are not done {} s after the last start, the first of them flow {}: raise "
                            "limit_s or lower the load", flows_.size() - done_, flows_.size(), settings_.limit_s,
                            flows_[first].id));
  }
  if (trace_) trace_->close();
  return std::move(run_);
}

}  // namespace

std::vector<Completion> application_clock(const TruthRun &run) {
  std::vector<Completion> completions = run.completions;
  for (std::size_t i = 0; i < completions.size(); i++) completions[i].fct_ns += run.waited_ns[i];
  return completions;
}

TruthRun run_truth(const Topology &topology, const std::vector<Flow> &flows, const std::vector<Route> &routes,
                   const TcpSettings &settings, const std::string &trace,
                   const std::function<void(std::size_t)> &progress) {
  check(topology, flows, routes);
  const auto begin = std::chrono::steady_clock::now();
  const std::clock_t cpu = std::clock();
  TruthRun run = Run(topology, flows, routes, settings, trace, progress).run();
  run.cpu_s = static_cast<double>(std::clock() - cpu) / CLOCKS_PER_SEC;
  run.wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return run;
}

}  // namespace liteflow::sim
