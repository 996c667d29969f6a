// SPDX-License-Identifier: GPL-2.0
// CPU time: what tuning costs, whatever else the machine does meanwhile.
#pragma once

namespace liteflow {

// Seconds of CPU that this process, all of its threads, and the programs that
// it ran and waited for (compilers) have used.
double cpu_seconds();

}  // namespace liteflow
