// SPDX-License-Identifier: GPL-2.0
// Models of many architectures with seeded weights, for property tests and for
// the vectors that the kernel's self test runs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "codegen/matrix.h"
#include "codegen/model.h"
#include "codegen/network.h"

namespace liteflow::codegen {

struct Shape {
  std::string name;
  Model model;
};

// The same architectures for every seed, with other weights.
std::vector<Shape> make_shapes(std::uint64_t seed);

// 500 records within +-2, seeded.
Matrix make_records(std::size_t columns, std::uint64_t seed);

// Q16.16 inputs for a network, `rows` of them: uniform in the clip ranges, at
// their corners, anywhere in s32, and at the ends of s32.
std::vector<std::int32_t> make_vectors(const Network &network, std::size_t rows,
                                       std::uint64_t seed);

}  // namespace liteflow::codegen
