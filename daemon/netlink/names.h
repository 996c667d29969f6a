// SPDX-License-Identifier: GPL-2.0
// Names of the protocols' numbers, as kmod/netlink.yaml and kmod/lb/netlink.yaml
// have them. Those of states, events and reasons are in client.h.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "linux/liteflow_lb.h"

namespace liteflow {

// Names of a family's attributes; "unknown" beyond the last one.
using AttributeNames = const char *(*)(unsigned type);

const char *attribute_name(unsigned type);     // of liteflow
const char *lb_attribute_name(unsigned type);  // of liteflow_lb

const char *to_string(lf_lb_health health);

// The bits of a record's flags that are set, lowest first; unknown ones as "0x40".
std::vector<std::string> cc_flag_names(std::uint32_t flags);
std::vector<std::string> sched_flag_names(std::uint32_t flags);
std::vector<std::string> lb_flag_names(std::uint32_t flags);

}  // namespace liteflow
