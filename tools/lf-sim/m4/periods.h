// SPDX-License-Identifier: GPL-2.0
// Busy periods: what of a record can be learnt from by itself (m4, section 4).
//
// Two flows belong together if they use a link at the same time, or if both belong to a third one. Such a set of
// flows influences no other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "daemon/training/rng.h"
#include "tools/lf-sim/m4/record.h"

namespace liteflow::sim::m4 {

struct Period {
  std::vector<std::uint32_t> flows;  // of the record, by start
};

// By the start of their first flows. A flow that ends when another one starts does not meet it.
std::vector<Period> periods_of(const Record &record);

// Upper edges, inclusive, of the classes of lengths (flows) that sampling balances; a last one has what is longer.
inline constexpr std::size_t kLengthEdges[] = {1, 2, 4, 6, 8, 10, 15, 20, 30, 40, 50, 75, 100};
std::size_t length_class(std::size_t flows);

// Which periods to learn from, of so many flows together (0: as many as all of them have), by their lengths in flows.
// balance 0: every period is as likely; 1: every class of lengths has as many flows, as far as it has any; between, by
// shares^(1 - balance). No period twice before all of its class were drawn.
std::vector<std::size_t> sample(const std::vector<std::size_t> &lengths, std::size_t flows, double balance, Rng &rng);

// The same periods in groups, which go in lock-step: of so many periods, or of more as long as those have not so many
// flows together. Of equal lengths, as far as there are enough of them; none is more than a quarter longer than another
// one of its group. Groups in random order.
std::vector<std::vector<std::size_t>> group(const std::vector<std::size_t> &periods,
                                            const std::vector<std::size_t> &lengths, std::size_t most,
                                            std::size_t least_flows, Rng &rng);

}  // namespace liteflow::sim::m4
