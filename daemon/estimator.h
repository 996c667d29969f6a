// SPDX-License-Identifier: GPL-2.0
// Estimator: what a candidate snapshot would do to the traffic that a host last showed.
//
// An app's own part, as its Adapter is; the daemon calls both from the thread that trains.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "codegen/matrix.h"
#include "daemon/adapter.h"

namespace liteflow {

// A snapshot's outputs for rows of inputs, both in application units.
using Answers = std::function<Matrix(const Matrix &inputs)>;

// 99th percentiles of the slowdown: a flow's time over that on an empty network.
struct Prediction {
  double running = 0, candidate = 0;
  std::size_t flows = 0;  // that were simulated
};

class Estimator {
 public:
  Estimator() = default;
  Estimator(const Estimator &) = delete;
  Estimator &operator=(const Estimator &) = delete;
  virtual ~Estimator() = default;

  // Remembers the last flows of the batch's host. Nonsense is left out.
  virtual void observe(const Batch &batch) = 0;

  // Of the flows that a host last showed. None, which is no opinion: too few of them, or `late` was true, which is
  // asked at least once for each simulated flow.
  virtual std::optional<Prediction> predict(const std::string &host, const Answers &running, const Answers &candidate,
                                            const std::function<bool()> &late) const = 0;

  // 99th percentile of the slowdowns that flows of a host truly had under a snapshot, by its id; none: too few.
  virtual std::optional<double> observed(const std::string &host, std::uint64_t snapshot) const = 0;
};

}  // namespace liteflow
