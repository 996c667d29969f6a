// SPDX-License-Identifier: GPL-2.0
// Link: how long flows take over one link that serves bands strictly in their order, as "prio" does. A fluid model:
// the flows of a band share what the bands before it leave, evenly; a flow that has sent more than its band's limit
// goes on in the next one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace liteflow::sched {

struct LinkFlow {
  double start = 0;  // seconds; flows are in this order
  double bytes = 0;  // > 0
  std::size_t band = 0;
};

// Seconds of each. rate: bytes/s. Empty if `late`, asked at every event, was true.
std::vector<double> run_link(const std::vector<LinkFlow> &flows, double rate, const std::function<bool()> &late);

}  // namespace liteflow::sched
