// SPDX-License-Identifier: GPL-2.0
// What an event costs flowSim and m4, by the number of flows that are there: lf-bench-sim, JSON on stdout.
//
// Arrivals and completions take turns, so that the number of flows stands still. Seconds of this thread's CPU, of
// three runs the middle, least and most. Weights are random, for which m4's loops do not care.
#include <fmt/format.h>
#include <sys/resource.h>
#include <time.h>

#include <algorithm>
#include <deque>
#include <exception>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "daemon/training/rng.h"
#include "tools/lf-sim/flowsim/flowsim.h"
#include "tools/lf-sim/flowsim/fluid.h"
#include "tools/lf-sim/m4/inference.h"
#include "tools/lf-sim/m4/parameters.h"
#include "tools/lf-sim/net/fabrics.h"
#include "tools/lf-sim/net/routing.h"
#include "tools/lf-sim/net/wire.h"

namespace liteflow::sim {
namespace {

using nlohmann::json;
constexpr int kRuns = 3;

double cpu_seconds() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

// Events a second; run: of so many events what it took.
json rate_of(const std::function<std::pair<std::uint64_t, double>()> &run) {
  std::vector<double> rates;
  for (int i = 0; i < kRuns; i++) {
    const auto [events, seconds] = run();
    rates.push_back(static_cast<double>(events) / std::max(seconds, 1e-9));
  }
  std::ranges::sort(rates);
  return {{"median", rates[kRuns / 2]}, {"least", rates.front()}, {"most", rates.back()}};
}

// --- flowSim ---

constexpr double kRate = 40, kCap = 10;  // bits/ns, of links and of a flow at most
constexpr LinkId kHops = 6;

// Over a path of six links, whose middle all cross: `active` flows at once, and for each that is done another one,
// `more` in all.
std::vector<FluidFlow> on_path(std::size_t active, std::size_t more) {
  Rng rng(1);
  Fluid fluid(std::vector<double>(kHops, kRate), kCap, Sharing::best_for(kHops));
  std::vector<FluidFlow> flows;
  while (flows.size() < active + more) {
    FluidFlow flow;
    if (flows.size() >= active) {
      flow.start_ns = fluid.next_ns();
      fluid.complete();
    }
    flow.bits = rng.uniform(0.1, 1.9) * 1e6;
    const auto first = static_cast<LinkId>(rng.below(kHops / 2));
    const auto last = static_cast<LinkId>(kHops / 2 + rng.below(kHops / 2));
    for (LinkId link = first; link <= last; link++) flow.route.push_back(link);
    fluid.add(flow.start_ns, static_cast<std::uint32_t>(flows.size()), flow.bits, flow.route);
    flows.push_back(std::move(flow));
  }
  return flows;
}

using FlowSimLoop = FluidRun (*)(const std::vector<double> &, const std::vector<FluidFlow> &, double);

// What the flows after the first ones took: with them, but for without them.
json flowsim_rate(FlowSimLoop loop, std::size_t active, std::size_t more) {
  const std::vector<double> rates(kHops, kRate);
  const std::vector<FluidFlow> with = on_path(active, more), without = on_path(active, 0);
  const auto seconds = [&](const std::vector<FluidFlow> &flows) {
    const double start = cpu_seconds();
    loop(rates, flows, kCap);
    return cpu_seconds() - start;
  };
  return rate_of([&] { return std::pair{std::uint64_t{2 * more}, seconds(with) - seconds(without)}; });
}

json flowsim_rows() {
  struct Row {
    std::size_t active, exact, fast;  // flows after the first ones
  };
  json rows = json::array();
  for (const Row &row : {Row{10, 200'000, 1'000'000}, Row{100, 50'000, 1'000'000}, Row{800, 10'000, 500'000},
                         Row{10'000, 1000, 500'000}, Row{100'000, 0, 500'000}}) {
    json found{{"active", row.active}, {"fast", flowsim_rate(flowsim_fast, row.active, row.fast)}};
    if (row.exact) found["exact"] = flowsim_rate(flowsim_exact, row.active, row.exact);
    fmt::print(stderr, "flowSim, {} active\n", row.active);
    rows.push_back(found);
  }
  return rows;
}

// --- m4 ---

m4::Weights random_weights(const m4::Shape &shape) {
  Rng rng(1);
  m4::Weights w{shape, {}};
  for (const m4::Part &p : m4::parts_of(shape)) {
    auto &values = w.values.emplace_back(p.size());
    for (float &v : values) v = static_cast<float>(rng.uniform(-0.1, 0.1));
  }
  return w;
}

// Flows over a fabric, as m4 sees them.
class Crowd {
 public:
  Crowd(const Topology &topology, const m4::Shape &shape)
      : topology_(topology), hosts_(topology.hosts()), ecmp_(topology), scene_(topology.rates(), shape),
        inference_(random_weights(shape), m4::parameters_of({}), m4::kernels().front()) {}

  void fill(std::size_t active) {
    while (there_.size() < active) arrive();
  }

  std::pair<std::uint64_t, double> run(double limit_s) {
    std::uint64_t events = 0;
    const double start = cpu_seconds();
    for (; events < 4 || cpu_seconds() < start + limit_s; events += 2) {
      leave();
      inference_.update(scene_);
      arrive();
      inference_.update(scene_);
      touched_ = scene_.touched().flows.size();
    }
    return {events, cpu_seconds() - start};
  }

  std::size_t touched() const { return touched_; }

 private:
  void arrive() {
    const NodeId from = hosts_[rng_.below(hosts_.size())];
    NodeId to = from;
    while (to == from) to = hosts_[rng_.below(hosts_.size())];
    const Route route = ecmp_.route(from, to, rng_.next());
    now_ += 100;
    const auto bytes = static_cast<std::uint64_t>(rng_.log_uniform(1e3, 1e6));
    there_.push_back(scene_.arrive(now_, {.links = route,
                                          .bytes = static_cast<double>(bytes),
                                          .bits = wire_bits({}, bytes),
                                          .ideal_ns = ideal_ns({}, topology_, route, bytes)}));
  }

  void leave() {
    scene_.leave(now_ += 100, there_.front());
    there_.pop_front();
  }

  const Topology &topology_;
  std::vector<NodeId> hosts_;
  Ecmp ecmp_;
  m4::Scene scene_;
  m4::Inference inference_;
  Rng rng_{1};
  double now_ = 0;
  std::deque<m4::Slot> there_;
  std::size_t touched_ = 0;
};

json m4_rows(double limit_s) {
  const Topology topology = fat_tree(kFatTree256);
  json rows = json::array();
  for (const std::size_t active : {10, 100, 800, 10'000}) {
    Crowd crowd(topology, {});
    crowd.fill(active);
    const json rate = rate_of([&] { return crowd.run(limit_s); });
    rows.push_back({{"active", active}, {"touched", crowd.touched()}, {"rate", rate}});
    fmt::print(stderr, "m4, {} active\n", active);
  }
  return rows;
}

long most_memory_kb() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

void run() {
  json result{{"flowsim", flowsim_rows()}};
  result["flowsim_kb"] = most_memory_kb();
  result["m4"] = m4_rows(0.5);
  result["m4_kb"] = most_memory_kb();
  fmt::print("{}\n", result.dump(1));
}

}  // namespace
}  // namespace liteflow::sim

int main() {
  try {
    liteflow::sim::run();
  } catch (const std::exception &e) {
    fmt::print(stderr, "lf-bench-sim: {}\n", e.what());
    return 1;
  }
  return 0;
}
