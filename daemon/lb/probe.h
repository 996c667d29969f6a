// SPDX-License-Identifier: GPL-2.0
// Probe: a flow that is tried over every path of a fabric, all else being equal:
// what its host knew of each, and what came of it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "daemon/lb/fabric.h"
#include "daemon/lb/records.h"
#include "daemon/training/rng.h"

namespace liteflow::lb {

// Of one path.
struct Outcome {
  std::array<float, kInputs> inputs{};
  float label = 0;    // log2 of the slowdown
  double rtt = 0;     // that the host knew; 0: none
  double rate = 0;    // bytes/s that the path truly has
};
using Probe = std::vector<Outcome>;  // by path

// A kind of fabric; two of a kind differ in rates, sizes, load and times.
struct Kind {
  const char *name;
  void (*change)(FabricSpec &spec, double seconds, Rng &rng);  // seconds: that it is watched
  bool hot_spot = false;  // half of the flows go to one host
};
std::span<const Kind> kinds();

std::vector<Probe> probes_of(const Kind &kind, std::uint64_t seed, std::size_t probes);

// A set of alternatives each.
regression::Rows rows_of(const std::vector<Probe> &probes);

}  // namespace liteflow::lb
