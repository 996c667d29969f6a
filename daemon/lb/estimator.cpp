// SPDX-License-Identifier: GPL-2.0
#include "daemon/lb/estimator.h"

#include <algorithm>
#include <cmath>
#include <map>

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

lb::FabricSpec spec_of(const EstimateOptions &options) {
  lb::FabricSpec spec;
  spec.host_rate = options.link_mbit * kBytesPerMbit;
  spec.rtt = options.rtt_us * 1e-6;
  spec.buffer = options.buffer_kb * 1000;
  for (const double rate : options.path_mbit) spec.spines.push_back({.rate = rate * kBytesPerMbit});
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
      recent_.add(batch.host, {{static_cast<double>(r.time_ns) * 1e-9 - r.duration_us * 1e-6, r.bytes}, r.snapshot,
                               slowdown});
    }
  }

  std::optional<Prediction> predict(const std::string &host, const Answers &running, const Answers &candidate,
                                    const std::function<bool()> &late) const override {
    const std::vector<LbFlow> flows = recent_.flows(host);
    if (flows.empty()) return {};
    const std::vector<lb::Arrival> arrivals = arrivals_of(flows);
    const auto before = p99(arrivals, running, late), after = p99(arrivals, candidate, late);
    if (!before || !after) return {};
    return Prediction{*before, *after, flows.size()};
  }

  std::optional<double> observed(const std::string &host, std::uint64_t snapshot) const override {
    return recent_.observed(host, snapshot);
  }

 private:
  // The host's flows are of source 0; the others' the same, each host's so much later.
  std::vector<lb::Arrival> arrivals_of(std::vector<LbFlow> flows) const {
    std::ranges::stable_sort(flows, {}, &LbFlow::start);
    const double begin = flows.front().start;
    // To where one more would begin; a while at least, so that it can be turned.
    const double span = std::max((flows.back().start - begin) * (1 + 1 / static_cast<double>(flows.size())), 1e-6);
    Rng rng(seed_);
    std::vector<lb::Arrival> arrivals;
    for (std::size_t source = 0; source < lb::kHosts; source++)
      for (const LbFlow &flow : flows) {
        const double later = span * static_cast<double>(source) / lb::kHosts;
        arrivals.push_back({.time = std::fmod(flow.start - begin + later, span), .source = source,
                            .destination = rng.below(lb::kHosts), .spine = rng.below(spec_.spines.size()),
                            .other = rng.below(spec_.spines.size()), .bytes = flow.bytes});
      }
    std::ranges::stable_sort(arrivals, {}, &lb::Arrival::time);
    return arrivals;
  }

  std::size_t choice(const lb::Fabric &fabric, const lb::Arrival &arrival, const Answers &answers, double draw) const {
    const std::uint64_t waiting = std::min(arrival.bytes, lb::kMostWaiting);
    Matrix inputs(spec_.spines.size(), lb::kInputs);
    for (std::size_t spine = 0; spine < inputs.rows; spine++) {
      const auto row = lb::inputs_of(fabric.inputs(arrival.source, spine, waiting).data());
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
    std::map<std::size_t, double> ideal;  // of the host's flows that are under way, by their places
    std::vector<double> slowdowns;
    const auto take = [&] {
      for (const auto &[number, seconds] : fabric.take_over()) {
        slowdowns.push_back(std::max(1.0, seconds / ideal.at(number)));
        ideal.erase(number);
      }
    };
    for (std::size_t i = 0; i < arrivals.size(); i++) {
      if (late()) return {};
      const lb::Arrival &arrival = arrivals[i];
      fabric.run(arrival.time);
      take();
      fabric.greet(arrival);
      const double draw = rng.uniform(0, 1), alone = fabric.ideal(arrival.source, arrival.bytes);
      const std::size_t spine = arrival.source == 0 ? choice(fabric, arrival, answers, draw) : fabric.choice(arrival);
      if (arrival.source == 0 && alone > 0) {
        fabric.follow(arrival, spine, i);
        ideal[i] = alone;
      } else {
        fabric.add(arrival, spine);
      }
    }
    const double last = arrivals.back().time;
    for (double now = last; !ideal.empty() && now < last + kPatience_s; take()) {
      if (late()) return {};
      fabric.run(now += kStep_s);
    }
    // What takes longer than that counts as what it has taken.
    for (const auto &[number, alone] : ideal)
      slowdowns.push_back((last + kPatience_s - arrivals[number].time) / alone);
    if (slowdowns.empty()) return {};
    return regression::p99_of(std::move(slowdowns));
  }

  static constexpr double kPatience_s = 60, kStep_s = 0.01;  // simulated, for the last flows

  lb::FabricSpec spec_;
  std::uint64_t seed_;
  regression::Recent<LbFlow> recent_;
};

}  // namespace

std::unique_ptr<Estimator> make_lb_estimator(const EstimateOptions &options, std::uint64_t seed) {
  return std::make_unique<LbEstimator>(options, seed);
}

}  // namespace liteflow
