// SPDX-License-Identifier: GPL-2.0
#include <algorithm>

#include "tools/lf-sim/flowsim/flowsim.h"
#include "tools/lf-sim/flowsim/fluid.h"
#include "tools/lf-sim/flowsim/inputs.h"

namespace liteflow::sim {

FluidRun flowsim_fast(const std::vector<double> &rates, const std::vector<FluidFlow> &flows, double cap) {
  check_inputs(rates, flows, cap);
  Fluid fluid(rates, cap, Sharing::best_for(rates.size()));
  FluidRun run{.fct_ns = std::vector<double>(flows.size())};
  for (std::uint32_t next = 0; next < flows.size() || fluid.active(); run.events++) {
    if (next < flows.size() && fluid.idle_until(flows[next].start_ns)) {
      fluid.add(flows[next].start_ns, next, flows[next].bits, flows[next].route);
      next++;
      run.most_active = std::max(run.most_active, fluid.active());
    } else {
      const std::uint32_t flow = fluid.complete();
      run.fct_ns[flow] = fluid.now_ns() - flows[flow].start_ns;
    }
  }
  return run;
}

}  // namespace liteflow::sim
