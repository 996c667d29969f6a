// SPDX-License-Identifier: GPL-2.0
// lf-bench-emit MODEL.pt DIR: what the benchmarks compile and load.
//   DIR/cc/        snapshot for congestion control, as lf-codegen emits it
//   DIR/swapN/     snapshots for the app of the swap benchmark; the weights of
//                  all but the first are moved a little, as tuning moves them
//   DIR/swapN.params   the same as a parameter set for netlink
//   DIR/prototype.c    the network as the original prototype computes it
//   DIR/emit.json      nanoseconds that quantising and emitting took
#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "codegen/emit.h"
#include "codegen/error.h"
#include "codegen/import.h"
#include "codegen/quantise.h"
#include "tests/bench/figures.h"
#include "tests/bench/prototype.h"
#include "tests/bench/states.h"

namespace liteflow::bench {
namespace {

constexpr std::size_t kCalibration = 2000;
constexpr int kSwaps = 4;

double since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start).count();
}

// Weights as a step of tuning leaves them: each moved by up to 1 %.
codegen::Model tuned(codegen::Model model, std::uint64_t seed) {
  Rng rng(seed);
  for (codegen::Node &node : model.nodes)
    if (auto *linear = std::get_if<codegen::Linear>(&node.operation))
      for (double &weight : linear->weight.values) weight *= rng.uniform(0.99, 1.01);
  return model;
}

void write(const std::string &path, std::string_view bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << bytes;
  file.close();
  if (!file) throw Error(path + ": can't be written");
}

void emit_all(const std::string &model_path, const std::string &dir) {
  const codegen::Model model = codegen::import_model(model_path);
  const Matrix states = draw_states(kCalibration, 1);
  std::filesystem::create_directories(dir);
  codegen::emit(codegen::quantise(model, states, {}), dir + "/cc");
  write(dir + "/prototype.c", prototype_c(model, states));
  std::vector<double> quantise_ns, emit_ns;
  for (int i = 0; i < kSwaps; ++i) {
    const codegen::Model next = i ? tuned(model, static_cast<std::uint64_t>(i)) : model;
    codegen::QuantiseOptions options;
    options.app = "bench";
    auto start = std::chrono::steady_clock::now();
    const codegen::Network network = codegen::quantise(next, states, options);
    quantise_ns.push_back(since(start));
    start = std::chrono::steady_clock::now();
    codegen::emit(network, fmt::format("{}/swap{}", dir, i));
    emit_ns.push_back(since(start));
    write(fmt::format("{}/swap{}.params", dir, i),
          {reinterpret_cast<const char *>(network.params.data()), network.params.size()});
  }
  const nlohmann::json times = {{"quantise_ns", spread(quantise_ns, 0)},
                                {"emit_ns", spread(emit_ns, 0)}};
  write(dir + "/emit.json", times.dump(2) + "\n");
}

}  // namespace
}  // namespace liteflow::bench

int main(int argc, char **argv) {
  if (argc != 3) {
    fmt::print(stderr, "Usage: lf-bench-emit MODEL.pt DIR\n");
    return 2;
  }
  try {
    liteflow::bench::emit_all(argv[1], argv[2]);
  } catch (const std::exception &e) {
    fmt::print(stderr, "lf-bench-emit: {}\n", e.what());
    return 1;
  }
  return 0;
}
