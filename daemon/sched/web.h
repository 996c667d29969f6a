// SPDX-License-Identifier: GPL-2.0
// A web site: pages with fixed objects, some of them on many pages; visitors come
// in by popularity (Zipf) and follow links (a Markov chain). Requests say nothing
// of sizes.
#pragma once

#include <cstdint>

#include "daemon/sched/trace.h"
#include "daemon/training/rng.h"
#include "daemon/training/sizes.h"

namespace liteflow::sched {

struct Server {
  Sizes sizes = Sizes::web_search;  // of objects
  // A response's header is written, and sent, before its body: nginx with
  // sendfile, but without tcp_nopush. Otherwise they leave together.
  bool header_first = false;
};

// site: draws what the site is; life: what its visitors do.
void browse(Trace &trace, const Server &server, std::uint64_t until_us, Rng &site, Rng &life);

}  // namespace liteflow::sched
