// SPDX-License-Identifier: GPL-2.0
#include "daemon/update/student.h"

#include <cmath>
#include <limits>

namespace liteflow {
namespace {

// Lentz's evaluation of the continued fraction of the incomplete beta function
// (Abramowitz and Stegun 26.5.8); quick for x < (a + 1) / (a + b + 2).
double beta_fraction(double a, double b, double x) {
  constexpr double kTiny = 1e-300;
  constexpr int kTerms = 10000;
  const auto away = [](double v) { return std::abs(v) < kTiny ? kTiny : v; };
  double c = 1, d = 1 / away(1 - (a + b) * x / (a + 1)), f = d;
  for (int m = 1; m < kTerms; m++) {
    const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / away(1 + even * d);
    c = away(1 + even / c);
    f *= c * d;
    const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / away(1 + odd * d);
    c = away(1 + odd / c);
    f *= c * d;
    if (std::abs(c * d - 1) < 1e-15) break;
  }
  return f;
}

// Regularised incomplete beta function I_x(a, b); y: 1 - x, given apart since
// the difference would lose digits.
double incomplete_beta(double a, double b, double x, double y) {
  if (x <= 0) return 0;
  if (y <= 0) return 1;
  const double scale = std::lgamma(a + b) - std::lgamma(a) - std::lgamma(b);
  const double factor = std::exp(scale + a * std::log(x) + b * std::log(y));
  return x < (a + 1) / (a + b + 2) ? factor * beta_fraction(a, b, x) / a
                                   : 1 - factor * beta_fraction(b, a, y) / b;
}

// Probability of a value above t, for t >= 0.
double tail(double t, double freedom) {
  const double square = t * t;
  if (std::isinf(square)) return 0;
  return incomplete_beta(freedom / 2, 0.5, freedom / (freedom + square),
                         square / (freedom + square)) / 2;
}

}  // namespace

double student_cdf(double t, double freedom) {
  return t < 0 ? tail(-t, freedom) : 1 - tail(t, freedom);
}

double student_quantile(double probability, double freedom) {
  if (probability < 0.5) return -student_quantile(1 - probability, freedom);
  const double above = 1 - probability;
  if (above == 0.5) return 0;
  double low = 0, high = 1;
  while (tail(high, freedom) > above && high < std::numeric_limits<double>::max() / 4) high *= 2;
  // Halving until the neighbours meet: slow for a quantile, quick for a decision.
  for (double middle = (low + high) / 2; middle > low && middle < high; middle = (low + high) / 2)
    (tail(middle, freedom) > above ? low : high) = middle;
  return high;
}

}  // namespace liteflow
