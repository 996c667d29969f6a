// SPDX-License-Identifier: GPL-2.0
// lf-bench-snapshot MODEL.pt CALIBRATION.csv APP KIND DIR: a snapshot to compare
// with, emitted as lf-codegen emits the shipped one, from the same architecture
// and the same calibration. It says what a result owes to the network and what
// to all that is around it. KIND:
//   trained    the model as it is
//   constant   every weight and bias 0: the answer is always 0, the rate stays
//   random     weights as an untrained network starts with, from a fixed seed
#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <variant>

#include "codegen/csv.h"
#include "codegen/emit.h"
#include "codegen/error.h"
#include "codegen/import.h"
#include "codegen/quantise.h"

namespace liteflow::bench {
namespace {

constexpr std::uint64_t kSeed = 1;

// Uniform in [-1, 1). The standard's distributions differ by library, its
// engines don't.
double draw(std::mt19937_64 &engine) {
  return 2.0 * static_cast<double>(engine() >> 11) / 9007199254740992.0 - 1.0;
}

// Uniform within 1/sqrt(inputs), as PyTorch starts a linear layer.
void randomise(codegen::Linear &linear, std::mt19937_64 &engine) {
  const double bound = 1 / std::sqrt(static_cast<double>(linear.weight.columns));
  for (double &weight : linear.weight.values) weight = bound * draw(engine);
  for (double &bias : linear.bias) bias = bound * draw(engine);
}

void silence(codegen::Linear &linear) {
  for (double &weight : linear.weight.values) weight = 0;
  for (double &bias : linear.bias) bias = 0;
}

void emit_kind(const std::string &model_path, const std::string &calibration,
               const std::string &app, const std::string &kind, const std::string &dir) {
  const Matrix records = codegen::read_csv(calibration);
  codegen::Model model = codegen::import_model(model_path, records.columns);
  std::mt19937_64 engine(kSeed);
  for (codegen::Node &node : model.nodes) {
    auto *linear = std::get_if<codegen::Linear>(&node.operation);
    if (!linear || kind == "trained") continue;
    if (kind == "constant")
      silence(*linear);
    else if (kind == "random")
      randomise(*linear, engine);
    else
      throw Error(kind + ": not trained, constant or random");
  }
  codegen::QuantiseOptions options;
  options.app = app;
  const codegen::Network network = codegen::quantise(model, records, options);
  codegen::emit(network, dir);
  fmt::print("{}\n", network.name());
}

}  // namespace
}  // namespace liteflow::bench

int main(int argc, char **argv) {
  if (argc != 6) {
    fmt::print(stderr, "Usage: lf-bench-snapshot MODEL.pt CALIBRATION.csv APP KIND DIR\n");
    return 2;
  }
  try {
    liteflow::bench::emit_kind(argv[1], argv[2], argv[3], argv[4], argv[5]);
  } catch (const std::exception &e) {
    fmt::print(stderr, "lf-bench-snapshot: {}\n", e.what());
    return 1;
  }
  return 0;
}
