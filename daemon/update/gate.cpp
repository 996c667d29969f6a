// SPDX-License-Identifier: GPL-2.0
#include "daemon/update/gate.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "codegen/error.h"

namespace liteflow {
namespace {

template <typename Iterator>
double mean(Iterator begin, Iterator end) {
  return std::accumulate(begin, end, 0.0) / static_cast<double>(end - begin);
}

// How far one row is off, in the output where that weighs most.
struct RowLoss {
  double relative = 0, absolute = 0;
  std::size_t output = 0;
};

RowLoss row_loss(const Matrix &tuned, const Matrix &running, std::size_t row,
                 const OutputRange &range) {
  RowLoss worst;
  for (std::size_t i = 0; i < tuned.columns; i++) {
    const double loss = std::abs(tuned(row, i) - running(row, i));
    // An output that never moved has no range: any difference is large.
    const double relative = loss > 0 ? loss / std::max(range.width(i), 1e-9) : 0;
    if (relative >= worst.relative) worst = {relative, loss, i};
  }
  return worst;
}

}  // namespace

void Stability::add(double value, const GateOptions &options) {
  values_.push_back(value);
  while (values_.size() > static_cast<std::size_t>(options.window)) values_.pop_front();
}

void Stability::judge(const GateOptions &options, Decision &decision) const {
  if (values_.size() < static_cast<std::size_t>(options.window)) return;
  const auto middle = values_.begin() + static_cast<std::ptrdiff_t>(values_.size() / 2);
  const double centre = mean(values_.begin(), values_.end());
  for (const double value : values_) decision.variance += (value - centre) * (value - centre);
  decision.variance /= static_cast<double>(values_.size());
  decision.mean_change =
      std::abs(mean(middle, values_.end()) - mean(values_.begin(), middle));
  decision.converged = decision.mean_change <= options.max_mean_change &&
                       decision.variance <= options.max_variance;
}

void OutputRange::add(const Matrix &outputs) {
  if (ranges_.empty() && outputs.rows > 0)
    for (std::size_t i = 0; i < outputs.columns; i++)
      ranges_.emplace_back(outputs(0, i), outputs(0, i));
  for (std::size_t row = 0; row < outputs.rows; row++)
    for (std::size_t i = 0; i < outputs.columns; i++) {
      auto &[low, high] = ranges_.at(i);
      low = std::min(low, outputs(row, i));
      high = std::max(high, outputs(row, i));
    }
}

void judge_fidelity(const Matrix &tuned, const Matrix &running, const OutputRange &range,
                    const GateOptions &options, Decision &decision) {
  if (tuned.rows != running.rows || tuned.columns != running.columns)
    throw Error("the adapter's outputs and the kernel's differ in shape");
  if (tuned.rows == 0) return;
  std::vector<RowLoss> losses;
  for (std::size_t row = 0; row < tuned.rows; row++)
    losses.push_back(row_loss(tuned, running, row, range));
  std::sort(losses.begin(), losses.end(),
            [](const RowLoss &a, const RowLoss &b) { return a.relative < b.relative; });
  const auto rank = static_cast<std::size_t>(options.quantile *
                                             static_cast<double>(losses.size() - 1));
  const RowLoss &least = losses[rank];
  decision.compared = true;
  decision.fidelity_min = least.absolute;
  decision.fidelity_max = losses.back().absolute;
  decision.output_min = range.low(least.output);
  decision.output_max = range.high(least.output);
  decision.threshold = options.alpha * range.width(least.output);
  decision.necessary = decision.fidelity_min > decision.threshold;
}

void conclude(const GateOptions &options, Decision &decision) {
  const bool ask_converged = options.rule != "every_batch";
  const bool ask_necessary = options.rule == "necessary";
  if (!decision.compared)
    decision.verdict = "no_snapshot";
  else if (ask_converged && !decision.converged)
    decision.verdict = "not_converged";
  else
    decision.verdict = ask_necessary && !decision.necessary ? "not_necessary" : "update";
}

}  // namespace liteflow
