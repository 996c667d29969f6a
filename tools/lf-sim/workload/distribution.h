// SPDX-License-Identifier: GPL-2.0
// Distribution: how large flows are, as a table of bytes and the share of flows that are not larger; linear between.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "daemon/training/rng.h"
#include "daemon/training/sizes.h"

namespace liteflow::sim {

class Distribution {
 public:
  // points: from share 0 to share 1, in order. `name` is what an Error calls them.
  Distribution(std::vector<SizePoint> points, const std::string &name);

  // "websearch", "datamining", "webserver", "hadoop", "cachefollower", a made-up one (below), or else a file.
  static Distribution named(const std::string &name);
  // Lines of BYTES SHARE, both rising; the last share, 1 or 100, says whether they are fractions or percents.
  static Distribution read(const std::string &file);

  // Larger flows are as large as this one.
  void cap(std::uint64_t bytes);
  // Bytes, at least 1.
  std::uint64_t draw(Rng &rng) const;
  double mean() const;  // bytes

 private:
  std::vector<SizePoint> points_;
};

// m3's and m4's made-up sizes (their traffic generator): "exp:THETA", "gaussian:THETA", "lognorm:THETA" or
// "pareto:THETA", with a nominal mean of m = (THETA / 5000)^2 kB, THETA 5000 to 50000, and 50 bytes at least. Above
// these: exponential; normal with deviation m, where it is positive (its mean is 1.29 m); log-normal with sigma 2;
// generalised Pareto with scale m / 2.5 of which four fifths are below m (its mean is about 0.8 m). As a table of
// percentiles and some beyond, which the quantile of 0.9999 ends.
Distribution made_up_sizes(const std::string &name);

}  // namespace liteflow::sim
