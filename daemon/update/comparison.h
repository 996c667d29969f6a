// SPDX-License-Identifier: GPL-2.0
// Comparison: how far the mean of one series is from another's, with bounds.
// Pure; the values are mean rewards by time slot, oldest first.
//
// Slots that follow each other are not quite independent: queues, flows and the
// path outlive a slot. n of them are worth n (1 - r) / (1 + r) independent ones,
// r being the correlation of neighbours where that is above 0. Estimated from so
// few values r comes out too low by about (1 + 4 r) / n (Kendall, 1954), which is
// put right. Without this, bounds of smooth series would be far too narrow.
#pragma once

#include <cstddef>
#include <vector>

namespace liteflow {

// The mean of a series.
struct Estimate {
  double mean = 0;
  std::size_t n = 0;
  double effective = 0;  // independent values that n are worth
  double error = 0;      // standard error of the mean; infinite below 2 independent values
};

Estimate estimate(const std::vector<double> &values);

// A mean difference and what Student's t says about it.
struct Difference {
  double mean = 0, error = 0, freedom = 1;

  // One-sided bounds: with this confidence the truth lies above lower(), and
  // with the same it lies below upper().
  double lower(double confidence) const;
  double upper(double confidence) const;
};

// Of pairs that were measured in the same slot: t test of their differences.
Difference paired(const Estimate &differences);

// Of series that were measured one after the other: Welch's test.
Difference unpaired(const Estimate &after, const Estimate &before);

}  // namespace liteflow
