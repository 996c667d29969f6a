// SPDX-License-Identifier: GPL-2.0
#include "daemon/update/comparison.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "daemon/update/student.h"

namespace liteflow {
namespace {

constexpr double kMostCorrelation = 0.99;

// Of neighbours, the estimate's bias removed; squares: their sum about the mean.
double correlation(const std::vector<double> &values, double mean, double squares) {
  if (squares <= 0) return 0;
  double products = 0;
  for (std::size_t i = 1; i < values.size(); i++)
    products += (values[i] - mean) * (values[i - 1] - mean);
  const double r = products / squares;
  const double bias = (1 + 4 * std::max(r, 0.0)) / static_cast<double>(values.size());
  return std::clamp(r + bias, 0.0, kMostCorrelation);
}

// Of the bounds; an error that can't be told bounds nothing.
double reach(const Difference &difference, double confidence) {
  if (difference.error == 0) return 0;
  if (std::isinf(difference.error)) return difference.error;
  return student_quantile(confidence, difference.freedom) * difference.error;
}

}  // namespace

Estimate estimate(const std::vector<double> &values) {
  Estimate e;
  e.n = values.size();
  e.error = std::numeric_limits<double>::infinity();
  if (values.empty()) return e;
  const auto n = static_cast<double>(e.n);
  e.mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  double squares = 0;
  for (const double value : values) squares += (value - e.mean) * (value - e.mean);
  const double r = correlation(values, e.mean, squares);
  e.effective = n * (1 - r) / (1 + r);
  if (e.effective >= 2) e.error = std::sqrt(squares / (n - 1) / e.effective);
  return e;
}

double Difference::lower(double confidence) const { return mean - reach(*this, confidence); }

double Difference::upper(double confidence) const { return mean + reach(*this, confidence); }

Difference paired(const Estimate &differences) {
  return {differences.mean, differences.error, std::max(differences.effective - 1, 1.0)};
}

Difference unpaired(const Estimate &after, const Estimate &before) {
  Difference d{after.mean - before.mean, std::hypot(after.error, before.error), 1};
  if (d.error == 0 || std::isinf(d.error)) return d;
  const auto part = [](const Estimate &e) { return std::pow(e.error, 4) / (e.effective - 1); };
  d.freedom = std::pow(d.error, 4) / (part(after) + part(before));  // Welch and Satterthwaite
  return d;
}

}  // namespace liteflow
