// SPDX-License-Identifier: GPL-2.0
// Job: a record from the directory of a packet-level simulation (tools/lf-sim/truth/dataset.h).
#pragma once

#include <string>

#include "tools/lf-sim/m4/record.h"

namespace liteflow::sim::m4 {

// Its topology, flows, settings and completions, and its trace if it has one. Error with the file and what is wrong.
Record read_job(const std::string &directory);

}  // namespace liteflow::sim::m4
