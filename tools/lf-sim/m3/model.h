// SPDX-License-Identifier: GPL-2.0
// Model: m3's network, from a path's feature maps to percentiles of the true slowdowns (m3, section 3.4).
//
// A transformer reads the background's maps link by link; the mean over the links of what it makes of them is the
// context. Two hidden layers read the foreground's map and the context, and answer 100 percentiles for each of four
// sizes of flows. The path's parameters stand at the end of every map.
//
// As published, what comes out is the slowdown less 1. With log_ratio it is the logarithm of the ratio to flowSim's own
// percentiles of the foreground, and slowdowns go in as logarithms: an untrained network answers what flowSim does,
// which is better where paths to learn from are few.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "tools/lf-sim/m3/features.h"
#include "tools/lf-sim/m3/parameters.h"
#include "tools/lf-sim/m3/record.h"

namespace liteflow::sim::m3 {

struct Shape {
  Layout layout = Layout::tcp;
  std::size_t dim = 128, layers = 2, heads = 4;  // of the transformer; dim: a multiple of 2 heads
  std::size_t mlp = 256;                         // units of each hidden layer
  bool log_ratio = true;

  // Of SwiGLU: two thirds of 4 dim, up to a multiple of 32.
  std::size_t hidden() const { return (dim * 8 / 3 + 31) / 32 * 32; }
  std::size_t inputs() const { return kMap + size_of(layout); }
  bool operator==(const Shape &) const = default;
};
// 18.13 M parameters with Layout::published.
inline constexpr Shape kPublishedShape{Layout::published, 576, 4, 4, 512, false};
// Error naming the value that is out of range.
void check(const Shape &shape);
std::size_t parameters_of(const Shape &shape);  // how many numbers are learnt

// One of AdamW (Loshchilov and Hutter, 2019); the decay is of the transformer's matrices alone. Defaults as published.
struct Step {
  double learning_rate = 1e-4;
  double beta1 = 0.9, beta2 = 0.95;
  double decay = 0.02;
  double dropout = 0.2;      // in the transformer
  double mlp_dropout = 0;    // behind each hidden layer of the MLP
  double most_gradient = 1;  // length to which a longer gradient is cut; 0: none
};

// Wall time, added up.
struct NetworkSeconds {
  double transformer = 0, mlp = 0;
};

// One thread at a time; call use_one_thread() (daemon/training/script.h) before the first one is made.
class Model {
 public:
  Model(const Shape &shape, std::uint64_t seed);
  Model(Model &&) noexcept;
  Model &operator=(Model &&) noexcept;
  ~Model();

  const Shape &shape() const;

  // kOutputs slowdowns >= 1 for each sample, class by class; targets are not read. With log_ratio a class that flowSim
  // has no flows of says nothing.
  std::vector<float> predict(std::span<const Sample> samples, NetworkSeconds *seconds = nullptr) const;
  // Mean |answer / target - 1| over all outputs of all samples, 0 for classes without flows.
  double loss(std::span<const Sample> samples) const;
  // A step on the mean loss of a batch; that loss, before it.
  double learn(std::span<const Sample> batch, const Step &step);

  // A checkpoint: TorchScript with the parameters by name and, in attributes, format, version and shape. `name` is what
  // an Error calls the source. The training form has the optimiser's moments too, and a word of the trainer's.
  std::string save() const;
  std::string save_training(const std::string &progress) const;
  static Model load(const std::string &bytes, const std::string &name);
  static std::pair<Model, std::string> load_training(const std::string &bytes, const std::string &name);

 private:
  struct Impl;
  explicit Model(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// The bytes of a file; Error with the remedy if it can't be read.
std::string read_checkpoint(const std::string &file);

}  // namespace liteflow::sim::m3
