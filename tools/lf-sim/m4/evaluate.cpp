// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/m4/evaluate.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace liteflow::sim::m4 {
namespace {

// Nearest rank; values: not empty.
double quantile(std::vector<double> values, double share) {
  const auto rank = static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1) + 0.5);
  std::nth_element(values.begin(), values.begin() + rank, values.end());
  return values[static_cast<std::size_t>(rank)];
}

}  // namespace

std::vector<double> predict(const Record &record, const Weights &weights, const Options &options) {
  Engine engine(record.rates, weights, record.parameters, options);
  std::vector<double> slowdowns(record.flows.size());
  const auto run_until = [&](double time_ns) {
    while (const auto done = engine.next(time_ns)) {
      const TrueFlow &f = record.flows[done->flow];
      slowdowns[done->flow] = (done->time_ns - f.start_ns) / f.ideal_ns;
    }
  };
  for (std::size_t i = 0; i < record.flows.size(); i++) {
    const TrueFlow &f = record.flows[i];
    run_until(f.start_ns);
    engine.add({.id = i, .start_ns = f.start_ns, .links = f.links, .bytes = f.bytes, .bits = f.bits,
                .ideal_ns = f.ideal_ns});
  }
  run_until(std::numeric_limits<double>::infinity());
  return slowdowns;
}

Errors errors_of(const std::vector<double> &predicted, const std::vector<double> &truth) {
  if (truth.empty()) return {};
  std::vector<double> errors;
  double sum = 0;
  for (std::size_t i = 0; i < truth.size(); i++) {
    errors.push_back(std::abs(predicted[i] / truth[i] - 1));
    sum += errors.back();
  }
  return {sum / static_cast<double>(errors.size()), quantile(errors, 0.9),
          std::abs(quantile(predicted, 0.99) / quantile(truth, 0.99) - 1)};
}

Errors evaluate(const std::vector<const Record *> &records, const Weights &weights) {
  Errors sum;
  for (const Record *record : records) {
    std::vector<double> truth;
    for (const TrueFlow &f : record->flows) truth.push_back(f.slowdown());
    const Errors one = errors_of(predict(*record, weights), truth);
    const Errors drawn = errors_of(predict(*record, weights, {.draw = true}), truth);
    sum.mean += one.mean;
    sum.p90 += one.p90;
    sum.p99 += drawn.p99;
  }
  const auto n = static_cast<double>(records.size());
  return {sum.mean / n, sum.p90 / n, sum.p99 / n};
}

}  // namespace liteflow::sim::m4
