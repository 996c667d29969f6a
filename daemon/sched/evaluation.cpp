// SPDX-License-Identifier: GPL-2.0
#include "daemon/sched/evaluation.h"

#include <algorithm>

#include "daemon/regression/tuner.h"
#include "daemon/sched/records.h"
#include "daemon/training/records.h"

namespace liteflow::sched {
namespace {

constexpr std::size_t kBatch = 64;  // records

double r_squared(const std::vector<double> &answers, const std::vector<double> &truth) {
  double mean = 0, residual = 0, total = 0;
  for (const double t : truth) mean += t / static_cast<double>(truth.size());
  for (std::size_t i = 0; i < truth.size(); i++) {
    residual += (answers[i] - truth[i]) * (answers[i] - truth[i]);
    total += (truth[i] - mean) * (truth[i] - mean);
  }
  return total > 0 ? 1 - residual / total : 0;
}

std::size_t band_of(double bytes) {
  const auto above = [&](std::uint64_t limit) { return bytes > static_cast<double>(limit); };
  return static_cast<std::size_t>(std::count_if(kLimits.begin(), kLimits.end(), above));
}

Prediction answers(Adapter &adapter, std::span<const lf_sched_record> flows) {
  Matrix in(flows.size(), kInputs);
  for (std::size_t i = 0; i < flows.size(); i++) {
    const auto row = inputs_of(flows[i]);
    std::copy(row.begin(), row.end(), in.values.begin() + static_cast<std::ptrdiff_t>(i * kInputs));
  }
  const Matrix out = adapter.evaluate(in).outputs;
  return prediction_of({out.values.begin(), out.values.end()});
}

Scores by(std::vector<Scores> of_hosts, std::size_t rank) {
  const auto nth = [&](double Scores::*value) {
    std::vector<double> v;
    for (const Scores &s : of_hosts) v.push_back(s.*value);
    std::sort(v.begin(), v.end());
    return v.at(rank);
  };
  return {nth(&Scores::r2), nth(&Scores::log_r2)};
}

}  // namespace

Scores score(const Prediction &p, std::span<const lf_sched_record> flows) {
  std::vector<double> bytes, logs;
  for (const lf_sched_record &f : flows) {
    bytes.push_back(static_cast<double>(f.bytes));
    logs.push_back(label_of(f.bytes));
  }
  return {r_squared(p.bytes, bytes), r_squared(p.logs, logs)};
}

void tally(Confusion &confusion, const Prediction &p, std::span<const lf_sched_record> flows) {
  for (std::size_t i = 0; i < flows.size(); i++)
    confusion[band_of(static_cast<double>(flows[i].bytes))][band_of(p.bytes[i])]++;
}

double share_right(const Confusion &confusion) {
  double right = 0, all = 0;
  for (std::size_t i = 0; i < confusion.size(); i++)
    for (std::size_t k = 0; k < confusion.size(); k++) {
      all += static_cast<double>(confusion[i][k]);
      if (i == k) right += static_cast<double>(confusion[i][k]);
    }
  return all > 0 ? right / all : 0;
}

Batch batch_of(std::span<const lf_sched_record> flows) {
  return liteflow::batch_of(subject().name, "simulated", flows);
}

Scores Evaluated::middle(const std::string &predictor) const {
  return by(hosts.at(predictor), hosts.at(predictor).size() / 2);
}

Scores Evaluated::highest(const std::string &predictor) const {
  return by(hosts.at(predictor), hosts.at(predictor).size() - 1);
}

void evaluate(Evaluated &evaluated, const std::vector<lf_sched_record> &flows, const std::string &model) {
  const std::span<const lf_sched_record> all(flows), earlier = all.first(flows.size() / 2), later = all.subspan(flows.size() / 2);
  auto predictions = simple_predictions(earlier, later);
  const auto adapter = regression::make_tuner({subject(), read_batch}, {}, model);
  const auto note = [&](const char *name) {
    predictions.emplace_back(name, answers(*adapter, later));
    tally(evaluated.confusion[name], predictions.back().second, later);
  };
  note(kShipped);
  for (std::size_t at = 0; at < earlier.size(); at += kBatch)
    adapter->adapt(batch_of(earlier.subspan(at, std::min(kBatch, earlier.size() - at))));
  note(kTuned);
  for (const auto &[name, prediction] : predictions) evaluated.hosts[name].push_back(score(prediction, later));
  evaluated.flows += later.size();
}

}  // namespace liteflow::sched
