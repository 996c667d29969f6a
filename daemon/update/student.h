// SPDX-License-Identifier: GPL-2.0
// Student: the t distribution, for bounds of means of few observations.
#pragma once

namespace liteflow {

// Probability of a value below t. freedom: degrees of freedom, above 0; needn't
// be whole (effective numbers of observations, Welch's test).
double student_cdf(double t, double freedom);

// The value below which a share of `probability` lies, in (0, 1).
double student_quantile(double probability, double freedom);

}  // namespace liteflow
