// SPDX-License-Identifier: GPL-2.0
// What `monitor` and `batch watch` share: a subscription that ends on a signal
// or after --count messages, and tells what it lost.
#pragma once

#include <cstdint>
#include <string>

#include "tools/lfctl/command.h"

namespace liteflow::lfctl {

// RFC 3339 in UTC with milliseconds.
std::string timestamp(std::chrono::system_clock::time_point time);

// Subscribe to group and pass on what comes. on_batch and on_event return
// whether the message counts towards --count; either may be empty.
void watch(Context &context, const char *group,
           const std::function<bool(BatchMessage &&)> &on_batch,
           const std::function<bool(EventMessage &&)> &on_event);

}  // namespace liteflow::lfctl
