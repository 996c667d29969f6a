// SPDX-License-Identifier: GPL-2.0
// Quantiles: a distribution of logarithms of slowdowns, given by its values at kLevels and straight between them.
#pragma once

#include <array>
#include <span>

#include "tools/lf-sim/m4/shape.h"

namespace liteflow::sim::m4 {

class Quantiles {
 public:
  Quantiles() = default;
  // The values need not be in order: what a network answers is sorted (Chernozhukov et al., 2010). All are moved by
  // an offset. Beyond the outermost levels the lines go on, to 0 and 1.
  Quantiles(std::span<const float> values, double offset);

  double value(double share) const;   // share: in [0, 1]
  double share(double value) const;   // of the distribution that lies below, in [0, 1]

 private:
  std::array<double, kLevels.size() + 2> values_{};  // with those of 0 and 1
};

// Of one that is slower than the share `luck` of all: the same of those that are left when the share `gone`, which
// was faster, has gone.
double luck_among_left(double luck, double gone);

}  // namespace liteflow::sim::m4
