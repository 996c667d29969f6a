// SPDX-License-Identifier: GPL-2.0
#include "daemon/lb/probe.h"

#include <algorithm>
#include <cmath>

#include "daemon/training/sizes.h"

namespace liteflow::lb {
namespace {

constexpr std::size_t kEvery = 4, kAhead = 400;  // arrivals
// Arrivals before the first that is asked about: hosts know their paths well, or hardly at all.
constexpr std::size_t kWarmUps[] = {16, 200};
constexpr double kSegment = 1448;
// A path that all avoid is another sight than one that all use.
constexpr Others kOthers[] = {Others::even, Others::best_of_two, Others::least_rtt};

void even(FabricSpec &, double, Rng &) {}

void quarter(FabricSpec &spec, double, Rng &rng) { spec.spines[rng.below(spec.spines.size())].rate /= 4; }

void uneven(FabricSpec &spec, double, Rng &rng) {
  for (Spine &s : spec.spines) s.rate *= rng.log_uniform(0.2, 1);
}

void lossy(FabricSpec &spec, double, Rng &rng) {
  spec.spines[rng.below(spec.spines.size())].loss = rng.log_uniform(1e-3, 3e-2);
}

// One all but fails, and comes back.
void failing(FabricSpec &spec, double seconds, Rng &rng) {
  const std::size_t spine = rng.below(spec.spines.size());
  const double from = rng.uniform(0.1, 0.5) * seconds;
  spec.changes = {{from, spine, spec.spines[spine].rate / 50},
                  {from + rng.uniform(0.2, 0.4) * seconds, spine, spec.spines[spine].rate}};
}

constexpr Kind kKinds[] = {{"even", even},   {"one spine at a quarter", quarter}, {"uneven", uneven},
                           {"lossy", lossy}, {"failing", failing},               {"hot spot", even, true}};

// What is drawn of any fabric.
struct Draw {
  FabricSpec spec;
  std::size_t warm_up = 0;
  std::vector<Arrival> arrivals;
};

FabricSpec spec_of(Rng &rng) {
  FabricSpec spec;
  spec.host_rate = rng.log_uniform(20e6, 10e9) / 8;
  spec.rtt = std::max(rng.log_uniform(50e-6, 2e-3), kSegment / spec.host_rate);
  spec.buffer = std::max(rng.log_uniform(1, 30) * spec.rtt * spec.host_rate, 20 * kSegment);
  spec.marks = rng.chance(0.3);
  spec.others = kOthers[rng.below(std::size(kOthers))];
  spec.spines.resize(2 + rng.below(7));
  const double rate = spec.host_rate * rng.uniform(0.7, 1.3);
  for (Spine &s : spec.spines) s.rate = rate;
  return spec;
}

void declare_weights(FabricSpec &spec) {
  double most = 0;
  for (const Spine &s : spec.spines) most = std::max(most, s.rate);
  for (Spine &s : spec.spines)
    s.weight = static_cast<std::uint32_t>(std::max(1.0, std::round(20 * s.rate / most)));
}

double mean_size(Sizes sizes) {
  Rng rng(1);
  double sum = 0;
  for (int i = 0; i < 4000; i++) sum += static_cast<double>(draw_size(sizes, rng)) / 4000;
  return sum;
}

Draw draw(const Kind &kind, std::size_t probes, Rng &rng) {
  Draw d{spec_of(rng), kWarmUps[rng.below(std::size(kWarmUps))], {}};
  const std::size_t n = d.warm_up + kEvery * probes + kAhead;
  const Sizes sizes = rng.chance(0.5) ? Sizes::web_search : Sizes::data_mining;
  double capacity = 0;
  for (const Spine &s : d.spec.spines) capacity += s.rate;
  capacity = std::min(capacity, kHosts * d.spec.host_rate);
  const double pause = mean_size(sizes) / (rng.uniform(0.2, 0.8) * capacity);
  kind.change(d.spec, pause * static_cast<double>(n - kAhead), rng);
  if (rng.chance(0.3)) declare_weights(d.spec);
  double now = 0;
  for (std::size_t i = 0; i < n; i++) {
    now += rng.exponential(pause);
    const bool hot = kind.hot_spot && rng.chance(0.5);
    Arrival a;
    a.time = now;
    a.source = rng.below(kHosts);
    a.destination = hot ? 0 : rng.below(kHosts);
    a.spine = rng.below(d.spec.spines.size());
    a.other = rng.below(d.spec.spines.size());
    a.bytes = draw_size(sizes, rng);
    d.arrivals.push_back(a);
  }
  return d;
}

// How long the flow takes over the spine, while the others do as they do.
double try_over(Fabric fabric, const std::vector<Arrival> &arrivals, std::size_t which, std::size_t spine) {
  fabric.watch(arrivals[which], spine);
  for (std::size_t i = which + 1; i < std::min(which + kAhead, arrivals.size()); i++) {
    fabric.run(arrivals[i].time);
    if (fabric.took() > 0) return fabric.took();
    fabric.greet(arrivals[i]);
    fabric.add(arrivals[i], fabric.choice(arrivals[i]));
  }
  return fabric.outlook();
}

Probe probe(const Fabric &fabric, const std::vector<Arrival> &arrivals, std::size_t which, std::size_t spines) {
  const Arrival &a = arrivals[which];
  const auto us = [](double seconds) { return static_cast<std::uint64_t>(seconds * 1e6); };
  Probe p(spines);
  for (std::size_t i = 0; i < spines; i++) {
    p[i].inputs = inputs_of(fabric.inputs(a.source, i, std::min(a.bytes, kMostWaiting)).data());
    p[i].label = label_of(us(try_over(fabric, arrivals, which, i)), us(fabric.ideal(a.source, a.bytes)));
    p[i].rtt = fabric.rtt(a.source, i);
    p[i].rate = fabric.rate_of(i);
  }
  return p;
}

}  // namespace

std::span<const Kind> kinds() { return kKinds; }

std::vector<Probe> probes_of(const Kind &kind, std::uint64_t seed, std::size_t probes) {
  Rng rng(seed);
  const Draw d = draw(kind, probes, rng);
  Fabric fabric(d.spec);
  std::vector<Probe> found;
  for (std::size_t i = 0; i < d.warm_up + kEvery * probes; i++) {
    fabric.run(d.arrivals[i].time);
    fabric.greet(d.arrivals[i]);
    const bool known = fabric.ideal(d.arrivals[i].source, 1) > 0;
    const bool due = i >= d.warm_up && i % kEvery == 0 && known;
    if (due) found.push_back(probe(fabric, d.arrivals, i, d.spec.spines.size()));
    fabric.add(d.arrivals[i], fabric.choice(d.arrivals[i]));
  }
  return found;
}

regression::Rows rows_of(const std::vector<Probe> &probes) {
  regression::Rows rows(kInputs);
  for (const Probe &p : probes) {
    for (const Outcome &o : p) rows.add(o.inputs, o.label, 1 / static_cast<float>(p.size()));
    rows.end_set();
  }
  return rows;
}

}  // namespace liteflow::lb
