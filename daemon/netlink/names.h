// SPDX-License-Identifier: GPL-2.0
// Names of the protocol's numbers, as kmod/netlink.yaml has them. Those of
// states, events and reasons are in client.h.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace liteflow {

const char *attribute_name(unsigned type);  // "unknown" beyond LF_A_MAX

// The bits of lf_cc_record.flags that are set, lowest first; unknown ones as "0x40".
std::vector<std::string> cc_flag_names(std::uint32_t flags);

}  // namespace liteflow
