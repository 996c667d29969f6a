// SPDX-License-Identifier: GPL-2.0
// Student's t against published tables, and bounds against what they promise.
#include "daemon/update/comparison.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "daemon/update/student.h"

namespace liteflow {
namespace {

TEST(Student, QuantilesAreThoseOfTheTables) {
  struct Case {
    double probability, freedom, t;
  };
  // Abramowitz and Stegun, table 26.10, and NIST's; 1 and 2 have closed forms.
  for (const Case &c : {Case{0.95, 1, 6.313752}, {0.995, 1, 63.656741}, {0.995, 2, 9.924843},
                        {0.95, 4, 2.131847}, {0.99, 5, 3.364930}, {0.999, 3, 10.214532},
                        {0.975, 10, 2.228139}, {0.90, 20, 1.325341}, {0.95, 30, 1.697261},
                        {0.975, 120, 1.979930}, {0.95, 1e7, 1.644854}, {0.9995, 60, 3.460200}}) {
    EXPECT_NEAR(student_quantile(c.probability, c.freedom), c.t, 2e-6 * c.t)
        << c.probability << " " << c.freedom;
    EXPECT_NEAR(student_quantile(1 - c.probability, c.freedom), -c.t, 2e-6 * c.t);
  }
  EXPECT_EQ(student_quantile(0.5, 3), 0);
}

TEST(Student, BelongsToItsOwnInverse) {
  for (const double freedom : {0.7, 1.0, 1.3, 2.5, 9.0, 33.3, 1000.0})
    for (const double p : {0.001, 0.2, 0.6, 0.95, 0.9999})
      EXPECT_NEAR(student_cdf(student_quantile(p, freedom), freedom), p, 1e-9) << freedom;
  EXPECT_NEAR(student_cdf(1, 1), 0.75, 1e-12) << "Cauchy: 1/2 + atan(t) / pi";
}

// Neighbours correlate by r; variance 1 about the mean.
std::vector<double> series(std::mt19937 &random, std::size_t n, double r, double mean) {
  std::normal_distribution<double> normal;
  std::vector<double> values;
  double x = normal(random);
  for (std::size_t i = 0; i < n; i++) {
    values.push_back(mean + x);
    x = r * x + std::sqrt(1 - r * r) * normal(random);
  }
  return values;
}

TEST(Estimate, KnowsMeanAndError) {
  const Estimate e = estimate({1, -1, 1, -1, 1, -1, 1, -1});
  EXPECT_EQ(e.n, 8u);
  EXPECT_DOUBLE_EQ(e.mean, 0);
  EXPECT_DOUBLE_EQ(e.effective, 8) << "what alternates isn't worth more than it is";
  EXPECT_DOUBLE_EQ(e.error, std::sqrt(8.0 / 7 / 8));
  EXPECT_TRUE(std::isinf(estimate({}).error));
  EXPECT_TRUE(std::isinf(estimate({1}).error));
  EXPECT_EQ(estimate({2, 2, 2, 2, 2, 2}).error, 0);
}

TEST(Estimate, NeighboursThatAreAlikeCountForLess) {
  std::mt19937 random(1);
  EXPECT_NEAR(estimate(series(random, 20000, 0, 0)).effective, 20000, 1000);
  EXPECT_NEAR(estimate(series(random, 20000, 0.5, 0)).effective, 20000 / 3.0, 700);
  const Estimate steps = estimate({0, 0, 0, 0, 0, 1, 1, 1, 1, 1});
  EXPECT_LT(steps.effective, 2);
  EXPECT_TRUE(std::isinf(paired(steps).upper(0.9)));
}

// How often the lower bound lies above the truth.
double misses(std::size_t n, double r, double confidence) {
  std::mt19937 random(7);
  constexpr int kTrials = 2000;
  int missed = 0;
  for (int i = 0; i < kTrials; i++)
    missed += paired(estimate(series(random, n, r, 0))).lower(confidence) > 0;
  return static_cast<double>(missed) / kTrials;
}

TEST(Difference, BoundsHoldAsOftenAsTheySay) {
  for (const std::size_t n : {5, 20, 60}) {
    EXPECT_LE(misses(n, 0, 0.95), 0.06) << n;
    EXPECT_GE(misses(n, 0, 0.95), 0.015) << n << ": far too wide";
  }
  EXPECT_LE(misses(60, 0.5, 0.95), 0.07);
  EXPECT_LE(misses(20, 0.5, 0.95), 0.08) << "without the correction: 0.17";
  EXPECT_LE(misses(20, 0, 0.99), 0.015);
}

TEST(Difference, WelchKnowsUnequalVariances) {
  // Moore and others' calcium trial in the form of summary statistics: means 5 and
  // -0.273, variances 76.4 and 34.8, 10 and 11 values give t 1.604 at 15.6 degrees.
  Estimate a, b;
  a.mean = 5;
  a.effective = 10;
  a.error = std::sqrt(76.4 / 10);
  b.mean = -0.273;
  b.effective = 11;
  b.error = std::sqrt(34.8 / 11);
  const Difference d = unpaired(a, b);
  EXPECT_NEAR(d.mean / d.error, 1.604, 0.002);
  EXPECT_NEAR(d.freedom, 15.6, 0.05);
  EXPECT_LT(d.lower(0.95), 0);
  EXPECT_GT(d.lower(0.9), 0);
  EXPECT_TRUE(std::isinf(unpaired(a, estimate({1})).upper(0.95)));
}

}  // namespace
}  // namespace liteflow
