// SPDX-License-Identifier: GPL-2.0
// Training of m3's network on recorded paths.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "tools/lf-sim/m3/model.h"
#include "tools/lf-sim/m3/record.h"

namespace liteflow::sim::m3 {

// What a configuration file may say, all numbers; whole ones are cut.
struct TrainSettings {
  double log_ratio = 1, dim = 128, layers = 2, heads = 4, mlp = 256;  // of Shape
  double learning_rate = 5e-4, final_rate = 0.01, decay = 0.02, dropout = 0.2, mlp_dropout = 0.3;
  double batch = 20, epochs = 200, patience = 50;
  double window = 0.5, least_foreground = 2, whole_target = 1;  // of View
  double views = 4;
  double validation_share = 0.1;
  double seed = 1;
};
// Throws Error naming a bad key or value.
TrainSettings train_settings(const std::map<std::string, std::string> &values);
std::string train_keys();  // "key = default  explanation" per line
// As published: whole paths, a constant rate, the large network.
TrainSettings published_settings();
Shape shape_of(const TrainSettings &settings, Layout layout);

struct Epoch {
  double training = 0, validation = 0;  // losses: of the epoch's batches before each step, and after it
  double seconds = 0;
};

struct Training {
  std::vector<Epoch> epochs;
  std::size_t best = 0;     // the epoch after which the network was kept, from 1; 0: none was better than the first
  double first = 0;         // validation loss of the untrained network
  double flowsim = 0;       // and of flowSim's own percentiles as the answer
  double best_loss() const { return best ? epochs[best - 1].validation : first; }
};

struct TrainFiles {
  std::string model;    // checkpoint of the network that was best in validation; written whenever it changes
  bool resume = false;  // go on from what an earlier call left beside it
  // Files beside the model: MODEL-training.pt (state to resume from), MODEL-training.json and .csv (curves).
  std::string beside(const std::string &ending) const;
};

// Trains until the epochs are over or validation has not become better for `patience` epochs. Whole paths are held
// back for validation, by the seed. Same records, settings and BLAS kernels: same bytes, resumed or not.
// done: after each epoch. Error where records are too few, or the state is of other records or settings.
Training train(const std::vector<Record> &records, const TrainSettings &settings, const TrainFiles &files,
               const std::function<void(const Training &)> &done);

// The first of `records` in an order that the seed gives: what train() validates with, indices of records.
std::vector<std::size_t> held_back(std::size_t records, const TrainSettings &settings);

}  // namespace liteflow::sim::m3
