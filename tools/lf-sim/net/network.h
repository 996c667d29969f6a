// SPDX-License-Identifier: GPL-2.0
// Network: what answers "when is this flow done?" while the asker still makes up its mind what to send next.
#pragma once

#include <optional>

#include "tools/lf-sim/net/flows.h"

namespace liteflow::sim {

struct Done {
  std::uint64_t flow = 0;  // its id
  double time_ns = 0;
};

// Flow requests in, completions out. Time only goes forward. One thread at a time.
class Network {
 public:
  virtual ~Network() = default;
  // A flow that begins at start_ns, which is not before the latest time that next() went to.
  virtual void add(const Flow &flow) = 0;
  // The next completion up to a time, or nothing if there is none: then the clock stands at that time.
  virtual std::optional<Done> next(double until_ns) = 0;
};

}  // namespace liteflow::sim
