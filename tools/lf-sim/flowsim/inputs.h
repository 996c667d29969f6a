// SPDX-License-Identifier: GPL-2.0
// Inputs: what flowSim can be asked, and where its answer has a choice.
#pragma once

#include <cstddef>
#include <vector>

#include "tools/lf-sim/flowsim/flowsim.h"

namespace liteflow::sim {

// Error naming the flow or link that is out of range: rates, cap and bits are > 0, flows are in the order of their
// starts, routes not empty and without a link twice.
void check_inputs(const std::vector<double> &rates, const std::vector<FluidFlow> &flows, double cap);

// Links whose shares are less than this apart, bits/ns, are full together. The published program takes 1e-4, and holds
// 15 links. On more links there is nothing to reproduce: it is rounding then, since 1e-4 is much of a share where a
// thousand flows meet, and would make the rates of one part of a fabric depend on all others.
inline double tie_of(std::size_t links, double share) { return links <= 15 ? 1e-4 : 1e-12 * share; }

}  // namespace liteflow::sim
