// SPDX-License-Identifier: GPL-2.0
// Fidelity loss: how far an integer network's answers are from a float model's.
#pragma once

#include <cstddef>
#include <vector>

#include "codegen/matrix.h"
#include "codegen/model.h"
#include "codegen/network.h"
#include "codegen/sample.h"

namespace liteflow::codegen {

// Over some inputs, |f - f'| of the output that is farthest off.
struct FidelityLoss {
  std::size_t rows = 0;
  double least = 0, typical = 0, worst = 0;  // application units; typical: mean
  double typical_share = 0, worst_share = 0;  // of the output's range
};

// |f - f'| of every row: the largest over the outputs, in application units.
// The model may be another one than the network was made from.
std::vector<double> fidelity_losses(const Model &model, const Network &network,
                                    const Matrix &inputs);

// outputs: per output the range that shares refer to; one of width 0 gives
// shares that are infinite, or 0 without a loss.
FidelityLoss fidelity_loss(const Model &model, const Network &network, const Matrix &inputs,
                           const Ranges &outputs);

// Per output, the least and largest value over the inputs.
Ranges output_ranges(const Model &model, const Matrix &inputs);

}  // namespace liteflow::codegen
