// SPDX-License-Identifier: GPL-2.0
// Input ranges, and inputs drawn within them. A seed gives the same draws on
// every machine.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "codegen/matrix.h"

namespace liteflow::codegen {

// Per input: least and largest application value.
using Ranges = std::vector<std::pair<double, double>>;

// Clip ranges: as narrow as the records allow while at most `clipped_share` of
// them have a value outside, a margin added, and inside the declared ranges
// (empty: none). Only records far from the others are given up.
Ranges clip_ranges(const Matrix &records, const Ranges &declared, double clipped_share);

// Rows with a value outside the ranges.
std::size_t count_clipped(const Matrix &records, const Ranges &ranges);

// The records with every value clamped into the ranges.
Matrix clamp(const Matrix &records, const Ranges &ranges);

enum class Draw {
  uniform,      // every input anywhere in its range
  near_record,  // a record, every input moved by up to 5 % of its range
  corner,       // every input at one end of its range
};

Matrix draw(Draw kind, std::size_t rows, const Ranges &ranges, const Matrix &records,
            std::uint64_t seed);

}  // namespace liteflow::codegen
