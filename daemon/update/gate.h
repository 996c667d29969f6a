// SPDX-License-Identifier: GPL-2.0
// Gate: whether tuning has settled (correct) and whether its result differs
// enough from the snapshot that runs (necessary). Pure; no clock, no kernel.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "codegen/matrix.h"
#include "daemon/config/config.h"

namespace liteflow {

// What one round was decided from.
struct Decision {
  std::uint64_t round = 0;
  std::size_t records = 0, used = 0;  // gathered; used by the adapter
  std::size_t batches = 0, bytes = 0;  // that they came in
  double tune_s = 0, tune_cpu_s = 0;   // what it took to learn from them
  double stability = 0;               // of this round
  double mean_change = 0, variance = 0;  // over the window; 0 until it is full
  bool converged = false;
  bool compared = false;  // whether there was a snapshot to compare with
  double fidelity_min = 0, fidelity_max = 0;  // of the output that decided, application units
  double output_min = 0, output_max = 0;      // its range so far
  double threshold = 0;                       // alpha * (output_max - output_min)
  bool necessary = false;
  std::string verdict;
};

// Correctness: the stability values of the last rounds.
class Stability {
 public:
  void add(double value, const GateOptions &options);
  void reset() { values_.clear(); }
  void judge(const GateOptions &options, Decision &decision) const;

 private:
  std::deque<double> values_;
};

// Largest and least value seen of every output.
class OutputRange {
 public:
  void add(const Matrix &outputs);
  double low(std::size_t output) const { return ranges_.at(output).first; }
  double high(std::size_t output) const { return ranges_.at(output).second; }
  double width(std::size_t output) const { return high(output) - low(output); }

 private:
  std::vector<std::pair<double, double>> ranges_;
};

// Necessity: |tuned - running| for every row, by the output in which the row
// differs most in relation to its range; the least of the rows (or the quantile
// asked for) must exceed alpha times that range.
void judge_fidelity(const Matrix &tuned, const Matrix &running, const OutputRange &range,
                    const GateOptions &options, Decision &decision);

// Sets the verdict: no_snapshot, not_converged, not_necessary or update; by
// options.rule, "every_batch" asks neither and "converged" not the last.
void conclude(const GateOptions &options, Decision &decision);

}  // namespace liteflow
