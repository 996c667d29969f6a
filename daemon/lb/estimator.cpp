// SPDX-License-Identifier: GPL-2.0
#include "daemon/lb/estimator.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "codegen/error.h"
#include "daemon/lb/chooser.h"
#include "daemon/lb/fabric.h"
#include "daemon/regression/recent.h"
#include "daemon/training/records.h"
#include "daemon/training/rng.h"

namespace liteflow {
namespace {

constexpr double kBytesPerMbit = 125'000;

struct LbFlow {
  double start = 0;  // seconds
  std::uint64_t bytes = 0;
};

double mbit_of(const std::string &text) {
  double value = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (status != std::errc() || end != text.data() + text.size() || !(value > 0) || !std::isfinite(value))
    throw Error(fmt::format("app.estimate.path_mbit: \"{}\" is no rate: give Mbit/s above 0", text));
  return value;
}

lb::FabricSpec spec_of(const EstimateOptions &options) {
  if (options.path_mbit.size() < 2)
    throw Error("app.estimate.path_mbit: give the rates of two paths or more, such as [\"40000\", \"40000\"]");
  lb::FabricSpec spec;
  spec.host_rate = options.link_mbit * kBytesPerMbit;
  spec.rtt = options.rtt_us * 1e-6;
  spec.buffer = options.buffer_kb * 1000;
  for (const std::string &rate : options.path_mbit) spec.spines.push_back({.rate = mbit_of(rate) * kBytesPerMbit});
  return spec;
}

class LbEstimator final : public Estimator {
 public:
  LbEstimator(const EstimateOptions &options, std::uint64_t seed)
      : spec_(spec_of(options)), seed_(seed),
        recent_(static_cast<std::size_t>(options.flows), static_cast<std::size_t>(options.least_flows)) {}

  void observe(const Batch &batch) override {
    for (const auto &r : records_of<lf_lb_record>(batch, lb::subject().name)) {
      if (!lb::is_sane(r)) continue;
      // One whose connection goes on begins too late here, by how long nobody noticed its end.
      std::optional<double> slowdown;
      if (r.ideal_us) slowdown = std::max(1.0, static_cast<double>(r.duration_us) / r.ideal_us);
      recent_.add(batch.host, {static_cast<double>(r.time_ns) * 1e-9 - r.duration_us * 1e-6, r.bytes}, slowdown);
    }
  }

  std::optional<Prediction> predict(const std::string &host, const Answers &running, const Answers &candidate,
                                    const std::function<bool()> &late) const override {
    const auto *recent = recent_.flows(host);
    if (!recent) return {};
    const std::vector<lb::Arrival> arrivals = arrivals_of({recent->begin(), recent->end()});
    const auto before = p99(arrivals, running, late), after = p99(arrivals, candidate, late);
    if (!before || !after) return {};
    return Prediction{*before, *after, recent->size()};
  }

  std::optional<double> observed(const std::string &host) const override { return recent_.observed(host); }
  void forget_observed(const std::string &host) override { recent_.forget_observed(host); }

 private:
  // The host's flows are of source 0; the others' the same, each host's so much later.
  std::vector<lb::Arrival> arrivals_of(std::vector<LbFlow> flows) const {
    std::ranges::stable_sort(flows, {}, &LbFlow::start);
    const double begin = flows.front().start, span = flows.back().start - begin;
    Rng rng(seed_);
    std::vector<lb::Arrival> arrivals;
    for (std::size_t source = 0; source < lb::kHosts; source++)
      for (const LbFlow &flow : flows) {
        const double later = span * static_cast<double>(source) / lb::kHosts;
        arrivals.push_back({.time = span > 0 ? std::fmod(flow.start - begin + later, span) : 0,
                            .source = source, .destination = rng.below(lb::kHosts),
                            .spine = rng.below(spec_.spines.size()), .other = rng.below(spec_.spines.size()),
                            .bytes = flow.bytes});
      }
    std::ranges::stable_sort(arrivals, {}, &lb::Arrival::time);
    return arrivals;
  }

  std::size_t choice(const lb::Fabric &fabric, const lb::Arrival &arrival, const Answers &answers, double draw) const {
    Matrix inputs(spec_.spines.size(), lb::kInputs);
    for (std::size_t spine = 0; spine < inputs.rows; spine++) {
      const auto row = lb::inputs_of(fabric.inputs(arrival.source, spine, arrival.bytes).data());
      std::copy(row.begin(), row.end(), &inputs(spine, 0));
    }
    const Matrix outputs = answers(inputs);
    std::vector<float> scores;
    for (std::size_t spine = 0; spine < inputs.rows; spine++)
      scores.push_back(static_cast<float>(outputs(spine, 0)));
    const lb::Shares shares = lb::softmax_shares(scores);
    std::size_t spine = 0;
    while (spine + 1 < shares.size() && draw >= shares[spine]) draw -= shares[spine++];
    return spine;
  }

  std::optional<double> p99(const std::vector<lb::Arrival> &arrivals, const Answers &answers,
                            const std::function<bool()> &late) const {
    lb::Fabric fabric(spec_);
    Rng rng(seed_);
    std::vector<double> ideal(arrivals.size()), slowdowns;
    for (std::size_t i = 0; i < arrivals.size(); i++) {
      if (late()) return {};
      const lb::Arrival &arrival = arrivals[i];
      fabric.run(arrival.time);
      fabric.greet(arrival);
      const double draw = rng.uniform(0, 1);
      ideal[i] = fabric.ideal(arrival.source, arrival.bytes);
      if (arrival.source == 0)
        fabric.follow(arrival, choice(fabric, arrival, answers, draw), i);
      else
        fabric.add(arrival, fabric.choice(arrival));
      take(fabric, ideal, slowdowns);
    }
    fabric.run(arrivals.back().time + kPatience_s);
    take(fabric, ideal, slowdowns);
    if (slowdowns.empty()) return {};
    return regression::p99_of(std::move(slowdowns));
  }

  static void take(lb::Fabric &fabric, const std::vector<double> &ideal, std::vector<double> &slowdowns) {
    for (const auto &[number, seconds] : fabric.take_over())
      if (ideal[number] > 0) slowdowns.push_back(std::max(1.0, seconds / ideal[number]));
  }

  static constexpr double kPatience_s = 60;  // simulated, for the last flows

  lb::FabricSpec spec_;
  std::uint64_t seed_;
  regression::Recent<LbFlow> recent_;
};

}  // namespace

std::unique_ptr<Estimator> make_lb_estimator(const EstimateOptions &options, std::uint64_t seed) {
  return std::make_unique<LbEstimator>(options, seed);
}

}  // namespace liteflow
