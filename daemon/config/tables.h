// SPDX-License-Identifier: GPL-2.0
// The tables of options, one for each section of the configuration file.
#pragma once

#include "daemon/config/config.h"
#include "daemon/config/option.h"

namespace liteflow {

const OptionTable<DaemonOptions> &daemon_table();
const OptionTable<BuilderOptions> &builder_table();
const OptionTable<HostOptions> &host_table();
const OptionTable<AppOptions> &app_table();
const OptionTable<GateOptions> &gate_table();
const OptionTable<UpdateOptions> &update_table();
const OptionTable<EstimateOptions> &estimate_table();

}  // namespace liteflow
