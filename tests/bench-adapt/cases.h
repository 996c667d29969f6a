// SPDX-License-Identifier: GPL-2.0
// Cases: the update rules and the batch intervals that are compared.
#pragma once

#include <vector>

#include "tests/bench-adapt/run.h"

namespace liteflow::bench {

std::vector<Case> rules();
std::vector<Case> intervals();

}  // namespace liteflow::bench
