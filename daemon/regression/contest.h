// SPDX-License-Identifier: GPL-2.0
// Contest: networks of several shapes, each from several seeds, trained on the same
// rows; the rows of validation say which one ships.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "daemon/regression/regressor.h"

namespace liteflow::regression {

struct ContestOptions {
  std::uint64_t first_seed = 1;
  unsigned seeds = 5;  // of each shape
  // From the cheapest on; the first that is within `tolerance` of the best ships.
  std::vector<Hidden> shapes = {{8, 8}, {16, 16}, {32, 16}};
  double tolerance = 0.02;      // of the validation loss
  std::size_t passes = 24, minibatch = 512;
  double learning_rate = 5e-3;  // of the first pass; falls to a hundredth
  double regret = 0, sharpness = 8;  // of rows in sets of alternatives (RegressorOptions)

  std::uint64_t all_passes() const { return shapes.size() * seeds * passes; }
};

struct Candidate {
  Hidden hidden{};
  std::uint64_t seed = 0;
  std::string model;          // TorchScript
  std::vector<double> curve;  // validation loss after each pass

  double loss() const { return curve.back(); }
};

// Shape by shape, seed by seed; done() after each pass.
std::vector<Candidate> hold(const Subject &subject, const Rows &training, const Rows &validation,
                            const ContestOptions &options, const std::function<void()> &done);
const Candidate &choose(const std::vector<Candidate> &all, const ContestOptions &options);

std::string shape_of(const Subject &subject, const Hidden &hidden);     // "16-8-8-1"
std::size_t macs_of(const Subject &subject, const Hidden &hidden);      // multiplications
// Markdown: a row for each shape with the losses of its seeds.
std::string table_of(const Subject &subject, const std::vector<Candidate> &all, const Candidate &chosen);
// What a result file holds of them.
nlohmann::json to_json(const ContestOptions &options);
nlohmann::json to_json(const Subject &subject, const Candidate &candidate);
// The curves of all; false where gnuplot is missing.
bool draw(const Subject &subject, const std::vector<Candidate> &all, const Candidate &chosen, const std::string &path);

}  // namespace liteflow::regression
