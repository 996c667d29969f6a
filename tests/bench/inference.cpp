// SPDX-License-Identifier: GPL-2.0
// lf-bench-inference: time of one inference of the same network in three forms,
// side by side: the generated C, the original prototype's form, libtorch.
//
//   warm   batches in turn, one of each form, so that all see the same machine
//   cold   single calls in turn; before each, the form's code, parameters and
//          tables are flushed from all caches (libtorch: not done)
//
// With --count, nothing is timed: it runs under callgrind and dumps the
// instruction counts of kCounted inferences of each form. With --shipped, the
// generated C of another network is timed alone, on its calibration rows.
#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <liteflow/snapshot.h>
#include <torch/script.h>
#include <torch/version.h>
#include <valgrind/callgrind.h>
#include <x86intrin.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <functional>

#include "codegen/csv.h"
#include "codegen/error.h"
#include "codegen/import.h"
#include "codegen/interpret.h"
#include "tests/bench/code.h"
#include "tests/bench/figures.h"
#include "tests/bench/prototype.h"
#include "tests/bench/states.h"

namespace liteflow::bench {
namespace {

constexpr std::size_t kRows = 64;       // inputs that the calls go through
constexpr std::size_t kBatch = 4;       // warm: times through all rows per batch
constexpr std::size_t kBatches = 600;   // warm: samples
constexpr std::size_t kCold = 4000;     // cold: samples
constexpr std::size_t kCounted = 1000;  // calls under callgrind
constexpr std::size_t kTorchShare = 8;  // libtorch: every eighth batch, one pass
constexpr std::uint64_t kSeed = 2;

std::uint64_t ticks() {
  _mm_lfence();
  const std::uint64_t now = __rdtsc();
  _mm_lfence();
  return now;
}

// Nanoseconds of one tick of the time-stamp counter.
double tick_ns() {
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  const std::uint64_t first = ticks();
  while (Clock::now() - start < std::chrono::milliseconds(200)) {
  }
  const std::uint64_t last = ticks();
  return std::chrono::duration<double, std::nano>(Clock::now() - start).count() /
         static_cast<double>(last - first);
}

// The generated C.
class Snapshot {
 public:
  Snapshot(const std::string &path, const Matrix &states) : code(path) {
    using Get = const lf_snapshot_desc *(*)();
    desc_ = reinterpret_cast<Get>(code.symbol("lf_snapshot_get"))();
    for (const double value : states.values) inputs_.push_back(codegen::to_q16(value));
  }

  double operator()(std::size_t row) {
    std::int32_t out = 0;
    desc_->infer(desc_->params, &inputs_[row * desc_->n_in], &out);
    return codegen::from_q16(out);
  }

  // Numbers of inputs and of each linear layer's outputs, as "30-32-16-1".
  std::string shape() const {
    std::string text = std::to_string(desc_->n_in);
    for (int i = 0; i < desc_->n_layers; ++i)
      if (desc_->layers[i].op == LF_OP_LINEAR) text += fmt::format("-{}", desc_->layers[i].n_out);
    return text;
  }

  Code code;

 private:
  const lf_snapshot_desc *desc_;
  std::vector<std::int32_t> inputs_;
};

// The original prototype's form.
class Prototype {
 public:
  Prototype(const std::string &path, const Matrix &states) : code(path), columns_(states.columns) {
    query_ = reinterpret_cast<Query>(code.symbol("prototype_query"));
    for (const double value : states.values)
      inputs_.push_back(std::llround(value * kPrototypeScale));
  }

  double operator()(std::size_t row) {
    long long out = 0;
    query_(&inputs_[row * columns_], &out);
    return static_cast<double>(out) / kPrototypeScale;
  }

  Code code;

 private:
  using Query = void (*)(const long long *, long long *);
  std::size_t columns_;
  Query query_;
  std::vector<long long> inputs_;
};

// libtorch: the module frozen, one row, one thread, no gradients.
class Torch {
 public:
  Torch(const std::string &path, const Matrix &states) {
    at::set_num_threads(1);
    module_ = torch::jit::load(path);
    module_.eval();
    module_ = torch::jit::freeze(module_);
    for (std::size_t r = 0; r < states.rows; ++r) {
      const auto row = torch::empty({1, static_cast<std::int64_t>(states.columns)});
      for (std::size_t c = 0; c < states.columns; ++c)
        row.data_ptr<float>()[c] = static_cast<float>(states(r, c));
      rows_.push_back({row});
    }
    for (int i = 0; i < 100; ++i) (*this)(0);  // until the executor has settled
  }

  double operator()(std::size_t row) {
    const c10::InferenceMode guard;
    return module_.forward(rows_[row]).toTensor().item<float>();
  }

 private:
  torch::jit::Module module_;
  std::vector<std::vector<c10::IValue>> rows_;
};

template <typename Form>
double batch_ticks(Form &form, std::size_t passes) {
  volatile double sink = 0;
  const std::uint64_t start = ticks();
  for (std::size_t pass = 0; pass < passes; ++pass)
    for (std::size_t row = 0; row < kRows; ++row) sink = form(row);
  const std::uint64_t end = ticks();
  static_cast<void>(sink);
  return static_cast<double>(end - start) / static_cast<double>(passes * kRows);
}

template <typename Form>
double cold_ticks(Form &form, std::size_t row) {
  volatile double sink = 0;
  form.code.flush();
  const std::uint64_t start = ticks();
  sink = form(row);
  const std::uint64_t end = ticks();
  static_cast<void>(sink);
  return static_cast<double>(end - start);
}

template <typename Form>
void count(const char *name, Form &form) {
  volatile double sink = 0;
  CALLGRIND_ZERO_STATS;
  CALLGRIND_START_INSTRUMENTATION;
  for (std::size_t i = 0; i < kCounted; ++i) sink = form(i % kRows);
  CALLGRIND_STOP_INSTRUMENTATION;
  CALLGRIND_DUMP_STATS_AT(name);
  static_cast<void>(sink);
}

// Worst and mean difference to the float model, in percent of its output range.
nlohmann::json fidelity(const std::function<double(std::size_t)> &form,
                        const std::vector<double> &truth) {
  const auto [low, high] = std::minmax_element(truth.begin(), truth.end());
  double worst = 0, sum = 0;
  for (std::size_t row = 0; row < truth.size(); ++row) {
    const double error = std::fabs(form(row) - truth[row]) / (*high - *low) * 100;
    worst = std::max(worst, error);
    sum += error;
  }
  return {{"worst_percent", rounded(worst, 3)},
          {"mean_percent", rounded(sum / static_cast<double>(truth.size()), 3)}};
}

struct Samples {
  std::vector<double> snapshot, prototype, torch;
};

// "name instructions" per line, for kCounted inferences.
nlohmann::json instructions(const std::string &path) {
  std::ifstream file(path);
  nlohmann::json counts = nlohmann::json::object();
  std::string name;
  for (double total = 0; file >> name >> total;)
    counts[name] = std::llround(total / static_cast<double>(kCounted));
  return counts;
}

nlohmann::json ratios(const std::vector<double> &ours, const std::vector<double> &other) {
  std::vector<double> paired;
  for (std::size_t i = 0; i < ours.size(); ++i) paired.push_back(ours[i] / other[i]);
  return {{"of_medians", rounded(percentile(ours, 50) / percentile(other, 50), 3)},
          {"of_minima", rounded(percentile(ours, 0) / percentile(other, 0), 3)},
          {"paired", spread(paired, 3)}};
}

int run(const std::string &model, const std::string &snapshot_path,
        const std::string &prototype_path, const std::string &counts, const std::string &output) {
  const Matrix states = draw_states(kRows, kSeed);
  Snapshot snapshot(snapshot_path, states);
  Prototype prototype(prototype_path, states);
  Torch torch(model, states);
  if (counts == "--count") {
    count("snapshot", snapshot);
    count("prototype", prototype);
    count("torch", torch);
    return 0;
  }

  Samples warm, cold;
  for (std::size_t i = 0; i < kBatches; ++i) {
    warm.snapshot.push_back(batch_ticks(snapshot, kBatch));
    warm.prototype.push_back(batch_ticks(prototype, kBatch));
    if (i % kTorchShare == 0) warm.torch.push_back(batch_ticks(torch, 1));
  }
  for (std::size_t i = 0; i < kCold; ++i) {
    cold.snapshot.push_back(cold_ticks(snapshot, i % kRows));
    cold.prototype.push_back(cold_ticks(prototype, i % kRows));
  }
  const double unit = tick_ns();
  for (Samples *samples : {&warm, &cold})
    for (auto *list : {&samples->snapshot, &samples->prototype, &samples->torch})
      for (double &value : *list) value *= unit;

  const std::vector<double> truth = codegen::evaluate(codegen::import_model(model), states).values;
  const nlohmann::json parameters = {{"network", "30-32-16-1 tanh"},
                                     {"rows", kRows},
                                     {"calls_per_batch", kRows * kBatch},
                                     {"batches", kBatches},
                                     {"cold_calls", kCold},
                                     {"seed", kSeed}};
  const nlohmann::json figures = {
      {"bytes", {{"snapshot", snapshot.code.sizes()}, {"prototype", prototype.code.sizes()}}},
      {"fidelity", {{"snapshot", fidelity(std::ref(snapshot), truth)},
                    {"prototype", fidelity(std::ref(prototype), truth)}}}};
  const nlohmann::json meta = {
      {"instructions", instructions(counts)},
      {"warm_ns", {{"snapshot", spread(warm.snapshot)},
                   {"prototype", spread(warm.prototype)},
                   {"torch", spread(warm.torch)}}},
      {"cold_ns", {{"snapshot", spread(cold.snapshot)}, {"prototype", spread(cold.prototype)}}},
      {"ratio", {{"warm", ratios(warm.snapshot, warm.prototype)},
                 {"cold", ratios(cold.snapshot, cold.prototype)}}},
      {"libtorch", TORCH_VERSION},
      {"openblas_core_type", std::getenv("OPENBLAS_CORETYPE") ? std::getenv("OPENBLAS_CORETYPE")
                                                              : "chosen by the library"}};
  write_result(output, make_result("bench-inference", parameters, figures, meta));
  return 0;
}

int run_shipped(const std::string &app, const std::string &model, const std::string &calibration,
                const std::string &snapshot_path, const std::string &output) {
  Matrix states = codegen::read_csv(calibration);
  if (states.rows < kRows) throw Error(calibration + ": too few rows");
  states.rows = kRows;
  states.values.resize(kRows * states.columns);
  Snapshot snapshot(snapshot_path, states);
  std::vector<double> warm, cold;
  for (std::size_t i = 0; i < kBatches; ++i) warm.push_back(batch_ticks(snapshot, kBatch));
  for (std::size_t i = 0; i < kCold; ++i) cold.push_back(cold_ticks(snapshot, i % kRows));
  const double unit = tick_ns();
  for (auto *list : {&warm, &cold})
    for (double &value : *list) value *= unit;
  const std::vector<double> truth = codegen::evaluate(codegen::import_model(model), states).values;
  write_result(output, make_result("bench-inference-" + app,
                                   {{"app", app},
                                    {"network", snapshot.shape()},
                                    {"calls_per_batch", kRows * kBatch},
                                    {"batches", kBatches},
                                    {"cold_calls", kCold}},
                                   {{"bytes", snapshot.code.sizes()},
                                    {"fidelity", fidelity(std::ref(snapshot), truth)}},
                                   {{"warm_ns", spread(warm)}, {"cold_ns", spread(cold)}}));
  return 0;
}

}  // namespace
}  // namespace liteflow::bench

int main(int argc, char **argv) {
  const bool counting = argc == 5 && std::string(argv[4]) == "--count";
  const bool shipped = argc == 7 && std::string(argv[1]) == "--shipped";
  if (!counting && !shipped && argc != 6) {
    fmt::print(stderr,
               "Usage: lf-bench-inference MODEL.pt SNAPSHOT.so PROTOTYPE.so COUNTS RESULT.json\n"
               "       lf-bench-inference MODEL.pt SNAPSHOT.so PROTOTYPE.so --count\n"
               "       lf-bench-inference --shipped APP MODEL.pt CALIBRATION.csv SNAPSHOT.so RESULT.json\n");
    return 2;
  }
  try {
    if (shipped) return liteflow::bench::run_shipped(argv[2], argv[3], argv[4], argv[5], argv[6]);
    return liteflow::bench::run(argv[1], argv[2], argv[3], argv[4], counting ? "" : argv[5]);
  } catch (const std::exception &e) {
    fmt::print(stderr, "lf-bench-inference: {}\n", e.what());
    return 1;
  }
}
