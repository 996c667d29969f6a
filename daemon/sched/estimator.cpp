// SPDX-License-Identifier: GPL-2.0
#include "daemon/sched/estimator.h"

#include <algorithm>

#include "daemon/regression/recent.h"
#include "daemon/sched/link.h"
#include "daemon/sched/records.h"
#include "daemon/training/records.h"

namespace liteflow {
namespace {

constexpr double kBytesPerMbit = 125'000;

struct SchedFlow {
  double start = 0, bytes = 0;  // seconds
  std::array<float, sched::kInputs> inputs{};
};

std::size_t band_of(double bytes) {
  return static_cast<std::size_t>(
      std::upper_bound(sched::kLimits.begin(), sched::kLimits.end(), static_cast<std::uint64_t>(bytes)) -
      sched::kLimits.begin());
}

class SchedEstimator final : public Estimator {
 public:
  explicit SchedEstimator(const EstimateOptions &options)
      : options_(options),
        recent_(static_cast<std::size_t>(options.flows), static_cast<std::size_t>(options.least_flows)) {}

  void observe(const Batch &batch) override {
    for (const auto &r : records_of<lf_sched_record>(batch, sched::subject().name)) {
      if (!sched::is_sane(r)) continue;
      const double seconds = r.duration_us * 1e-6, bytes = static_cast<double>(r.bytes);
      // Until the end was noticed: of those that a close ended that is a round trip later, of others much more.
      std::optional<double> slowdown;
      if (r.flags & LF_SCHED_FLAG_CLOSED) slowdown = std::max(1.0, seconds / ideal(bytes));
      recent_.add(batch.host, {{static_cast<double>(r.time_ns) * 1e-9 - seconds, bytes, sched::inputs_of(r)},
                               r.snapshot, slowdown});
    }
  }

  std::optional<Prediction> predict(const std::string &host, const Answers &running, const Answers &candidate,
                                    const std::function<bool()> &late) const override {
    std::vector<SchedFlow> flows = recent_.flows(host);
    if (flows.empty()) return {};
    std::ranges::stable_sort(flows, {}, &SchedFlow::start);
    const auto before = p99(flows, running, late), after = p99(flows, candidate, late);
    if (!before || !after) return {};
    return Prediction{*before, *after, flows.size()};
  }

  std::optional<double> observed(const std::string &host, std::uint64_t snapshot) const override {
    return recent_.observed(host, snapshot);
  }

 private:
  double rate() const { return options_.link_mbit * kBytesPerMbit; }
  double ideal(double bytes) const { return bytes / rate() + options_.rtt_us * 1e-6; }

  std::optional<double> p99(const std::vector<SchedFlow> &flows, const Answers &answers,
                            const std::function<bool()> &late) const {
    Matrix inputs(flows.size(), sched::kInputs);
    for (std::size_t i = 0; i < flows.size(); i++)
      std::copy(flows[i].inputs.begin(), flows[i].inputs.end(), &inputs(i, 0));
    const Matrix sizes = answers(inputs);
    std::vector<sched::LinkFlow> on_link;
    for (std::size_t i = 0; i < flows.size(); i++)
      on_link.push_back({flows[i].start - flows[0].start, flows[i].bytes, band_of(sched::bytes_of(sizes(i, 0)))});
    const std::vector<double> took = sched::run_link(on_link, rate(), late);
    if (took.empty()) return {};
    std::vector<double> slowdowns;
    for (std::size_t i = 0; i < flows.size(); i++)
      slowdowns.push_back((took[i] + options_.rtt_us * 1e-6) / ideal(flows[i].bytes));
    return regression::p99_of(std::move(slowdowns));
  }

  const EstimateOptions &options_;
  regression::Recent<SchedFlow> recent_;
};

}  // namespace

std::unique_ptr<Estimator> make_sched_estimator(const EstimateOptions &options, std::uint64_t) {
  return std::make_unique<SchedEstimator>(options);
}

}  // namespace liteflow
