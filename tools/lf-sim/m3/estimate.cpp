// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/m3/estimate.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <mutex>
#include <numeric>
#include <utility>

#include "codegen/error.h"
#include "daemon/training/rng.h"
#include "tools/lf-sim/m3/slowdown.h"
#include "tools/lf-sim/net/parallel.h"

namespace liteflow::sim::m3 {
namespace {

using Clock = std::chrono::steady_clock;
using Shares = std::array<double, kSizeClasses>;
constexpr std::size_t kBatch = 64;  // paths through the network at once

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

double lap(Clock::time_point &start) {
  const auto last = std::exchange(start, Clock::now());
  return std::chrono::duration<double>(start - last).count();
}

// 1 to 100 of sorted values, if there are any.
std::vector<double> percentiles_of(const std::vector<double> &sorted) {
  std::vector<double> all;
  for (std::size_t i = 1; i <= kPercentiles && !sorted.empty(); i++)
    all.push_back(percentile(sorted, static_cast<double>(i)));
  return all;
}

// A path's own part of an estimate.
struct Prepared {
  Sample sample;
  PathReport report;  // count 0: there was no time
  double lot_seconds = 0;
};

// of_flows: slowdowns of the network's flows; empty: the path has a flowSim of its own.
Prepared prepare(const Paths &paths, const Route &path, const SampledPath &sampled,
                 const std::vector<double> &of_flows, const EstimateOptions &options) {
  auto start = Clock::now();
  Prepared p;
  const Lot lot = paths.lot(path);
  p.lot_seconds = lap(start);
  std::vector<double> values;
  std::uint64_t events = 0;
  if (of_flows.empty()) {
    const FluidRun run = simulate(lot, options.settings.wire, options.exact);
    values = slowdowns(lot, options.settings.wire, run.fct_ns);
    events = run.events;
  } else {
    for (const Part &part : lot.parts) values.push_back(of_flows[part.flow]);
  }
  p.report = {sampled.flow, sampled.count, lot.links.size(), lot.parts.size(), 0, events, lap(start), 0};
  p.sample.features = features_of(lot.links.size(), seen_of(lot, values));
  p.sample.parameters = parameters_of(options.settings, lot);
  const auto &flows = p.sample.features.foreground.flows;
  p.report.foreground = std::accumulate(flows.begin(), flows.end(), std::size_t{0});
  p.report.features_seconds = lap(start);
  return p;
}

// Those for which there was time, in their order.
std::vector<Prepared> prepare_all(const Paths &paths, const std::vector<Route> &routes,
                                  const std::vector<SampledPath> &sampled, const std::vector<double> &of_flows,
                                  const EstimateOptions &options, Clock::time_point begin) {
  std::vector<Prepared> all(sampled.size());
  std::mutex lock;
  std::size_t done = 0;
  in_parallel(sampled.size(), options.threads, [&](std::size_t i) {
    if (i > 0 && options.most_seconds > 0 && seconds_since(begin) > options.most_seconds) return;
    all[i] = prepare(paths, routes[sampled[i].flow], sampled[i], of_flows, options);
    const std::lock_guard guard(lock);
    if (options.progress) options.progress(++done, all.size());
  });
  std::erase_if(all, [](const Prepared &p) { return !p.report.count; });
  return all;
}

std::vector<float> answers_of(const Model &model, std::span<const Sample> samples, NetworkSeconds &seconds) {
  std::vector<float> all;
  for (std::size_t i = 0; i < samples.size(); i += kBatch) {
    const auto some = model.predict(samples.subspan(i, std::min(kBatch, samples.size() - i)), &seconds);
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

Shares shares_of(const std::array<double, kSizeClasses> &flows) {
  const double sum = std::accumulate(flows.begin(), flows.end(), 0.0);
  Shares shares = flows;
  for (double &s : shares) s /= sum;
  return shares;
}

Shares shares_of(const std::vector<Flow> &flows) {
  std::array<double, kSizeClasses> counts{};
  for (const Flow &f : flows) counts[size_class(f.bytes)]++;
  return shares_of(counts);
}

// Each path once: how often it was drawn is not asked, as published.
Shares shares_of(const std::vector<Answered> &paths) {
  std::array<double, kSizeClasses> counts{};
  for (const Answered &p : paths)
    for (std::size_t i = 0; i < kSizeClasses; i++) counts[i] += p.foreground[i];
  return shares_of(counts);
}

}  // namespace

std::vector<std::vector<double>> pool(const std::vector<float> &answers, const std::vector<Answered> &paths,
                                      const std::array<double, kSizeClasses> &shares, std::size_t draws,
                                      std::uint64_t seed) {
  Rng rng(seed);
  std::vector<std::vector<double>> rows;
  std::vector<double> all;
  for (std::size_t i = 0; i < kSizeClasses; i++) {
    std::vector<double> values;
    for (std::size_t k = 0; k < paths.size(); k++) {
      if (!paths[k].foreground[i]) continue;
      const float *first = &answers[k * kOutputs + i * kPercentiles];
      for (std::size_t c = 0; c < paths[k].count; c++) values.insert(values.end(), first, first + kPercentiles);
    }
    const auto drawn = static_cast<std::size_t>(static_cast<double>(draws) * shares[i]);
    for (std::size_t k = 0; k < drawn && !values.empty(); k++) all.push_back(values[rng.below(values.size())]);
    std::sort(values.begin(), values.end());
    rows.push_back(percentiles_of(values));
  }
  std::sort(all.begin(), all.end());
  rows.push_back(percentiles_of(all));
  return rows;
}

Estimate estimate(const Topology &topology, const std::vector<Flow> &flows, const std::vector<Route> &routes,
                  const Model &model, const EstimateOptions &options) {
  if (!options.draws || !options.threads) throw Error("estimate: draws and threads must be at least 1");
  const auto begin = Clock::now();
  auto start = begin;
  Estimate e;
  const Paths paths(topology, flows, routes);
  const auto sampled = paths.sample(options.draws, options.seed);
  e.seconds.paths = lap(start);
  std::vector<double> of_flows;
  if (options.whole_network) {
    of_flows = network_slowdowns(topology, flows, routes, options.settings.wire, options.exact);
    e.seconds.flowsim = lap(start);
  }
  std::vector<Sample> samples;
  std::vector<Answered> answered;
  for (Prepared &p : prepare_all(paths, routes, sampled, of_flows, options, begin)) {
    answered.push_back({p.report.count, p.sample.features.foreground.flows});
    e.seconds.lots += p.lot_seconds;
    e.seconds.flowsim += p.report.flowsim_seconds;
    e.seconds.features += p.report.features_seconds;
    e.paths.push_back(p.report);
    samples.push_back(std::move(p.sample));
  }
  const auto answers = answers_of(model, samples, e.seconds.network);
  const Shares shares = options.sampled_shares ? shares_of(answered) : shares_of(flows);
  e.percentiles = pool(answers, answered, shares, options.draws * kOutputs, options.seed + 1);
  e.left_out = sampled.size() - e.paths.size();
  e.seconds.total = seconds_since(begin);
  return e;
}

}  // namespace liteflow::sim::m3
