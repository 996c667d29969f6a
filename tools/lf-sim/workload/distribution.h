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

// m3's and m4's made-up sizes: "exp:THETA", "gaussian:THETA", "lognorm:THETA" or "pareto:THETA", with a mean of
// (THETA / 5000)^2 kB; THETA is 5000 to 50000. A table of percentiles; the thousandth beyond the last ends it. The
// deviation of the second is a third of its mean, of the third's logarithm 1; the fourth's exponent is 1.5.
Distribution made_up_sizes(const std::string &name);

}  // namespace liteflow::sim
