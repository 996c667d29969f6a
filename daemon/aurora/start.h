// SPDX-License-Identifier: GPL-2.0
// StartPhase: brings a simulated flow to where the kernel's start phase leaves
// it: the path measured at low rate, perhaps a queue from probing too fast, then
// 0.3-1.5 of the flow's share of the capacity.
#pragma once

#include <vector>

#include "daemon/aurora/flow.h"
#include "daemon/training/rng.h"

namespace liteflow::aurora {

class StartPhase {
 public:
  // share: bytes/s that the flow may come to, before chance moves it.
  StartPhase(double share, Rng &rng);

  void begin(Flow &flow);  // the first rate
  // After an interval: false once the flow's own decisions begin with this one.
  bool advance(Flow &flow);

 private:
  std::vector<double> rates_;  // bytes/s, last first
};

// The whole phase of a flow alone on its link, to the end of the interval that
// its first decision follows.
void start_flow(Flow &flow, Rng &rng);

}  // namespace liteflow::aurora
