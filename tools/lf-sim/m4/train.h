// SPDX-License-Identifier: GPL-2.0
// Training of m4's network on the busy periods of records.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "tools/lf-sim/m4/evaluate.h"
#include "tools/lf-sim/m4/model.h"
#include "tools/lf-sim/m4/record.h"

namespace liteflow::sim::m4 {

// What a configuration file may say, all numbers; whole ones are cut.
struct TrainSettings {
  double hidden = 64, graph = 96, fluid = 1, reach = 0;  // of Shape
  double learning_rate = 1e-3, final_rate = 0.02, decay = 0, most_gradient = 1;
  double every_event = 0.5, quantile = 0.5, left = 0.1, queue = 0.1;  // of Step
  double lockstep = 16, horizon = 32;
  double flows = 0, balance = 0;  // of sample()
  double epochs = 10, patience = 1000;
  double validation_share = 0.1;
  double seed = 1;
};
// Throws Error naming a bad key or value.
TrainSettings train_settings(const std::map<std::string, std::string> &values);
std::string train_keys();  // "key = default  explanation" per line
// As published: the large network, that is told nothing of fluid; lengths balanced; flows that complete count, and
// traces a little.
TrainSettings published_settings();
Shape shape_of(const TrainSettings &settings);

struct Epoch {
  Losses training;    // before each step, in the order in which things truly happened
  Errors validation;  // after it, where the network runs by itself
  double seconds = 0;
};

struct Training {
  std::vector<Epoch> epochs;
  std::size_t best = 0;  // the epoch after which the weights were kept, from 1; 0: none was better than the first
  Errors first;          // of the untrained network: with fluid, about what flowSim would say
  double best_mean() const { return best ? epochs[best - 1].validation.mean : first.mean; }
};

struct TrainFiles {
  std::string weights;  // those that were best in validation; written whenever they change
  bool resume = false;  // go on from what an earlier call left beside it
  // Files beside the weights: STEM-training.bin (state to resume from), STEM-training.json and .csv (curves).
  std::string beside(const std::string &ending) const;
};

// What is told of progress; both may be empty.
struct TrainEvents {
  std::function<void(const Training &)> epoch;                               // after each
  std::function<void(std::uint64_t done, std::uint64_t of_epoch)> learning;  // flow events, after each step
};

// Trains until the epochs are over or validation's mean error has not become less for `patience` epochs. Whole records
// are held back for validation, by the seed. Same records, settings, CPU and BLAS kernels: same bytes, resumed or not.
// Error where records are too few, or the state is of other records or settings.
Training train(const std::vector<Record> &records, const TrainSettings &settings, const TrainFiles &files,
               const TrainEvents &events);

// What train() validates with, indices of records.
std::vector<std::size_t> held_back(std::size_t records, const TrainSettings &settings);

}  // namespace liteflow::sim::m4
