// SPDX-License-Identifier: GPL-2.0
// Quantiser: float model to integer network, with bounds proved at the end.
#pragma once

#include <optional>
#include <string>

#include "codegen/matrix.h"
#include "codegen/model.h"
#include "codegen/network.h"
#include "codegen/sample.h"

namespace liteflow::codegen {

struct QuantiseOptions {
  Ranges declared;                // the application's range of each input; may be empty
  double clipped_share = 0.001;   // of the calibration records, at most
  int weight_bits = 16;           // 16 or 8
  double sigma = 0;               // exploration: standard deviation, application units
  std::string app = "cc";         // who may run it
  std::optional<Ranges> clip;     // fixed clip ranges instead of calibrated ones
};

// model: as import_model() returns it; calibration: one row of n_in application
// values per record. The layers depend on the model's architecture only.
//
// Weights are as large as fits while every accumulator provably stays within 32
// bits. Activations are scaled by the bounds that integer interval arithmetic
// proves for them; where those exceed what was seen at calibration, at random
// points and at the corners of the clip ranges by kHeadroom, they are scaled by
// kHeadroom times that, and saturate beyond.
//
// Throws Error naming what can't be represented or proved, and the remedy.
Network quantise(const Model &model, const Matrix &calibration, const QuantiseOptions &options);

inline constexpr double kHeadroom = 8;

// The clip ranges that a network was quantised with, in application values.
Ranges clip_ranges(const Network &network);

}  // namespace liteflow::codegen
