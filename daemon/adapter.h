// SPDX-License-Identifier: GPL-2.0
// Adapter: how an application's model is frozen, judged and tuned. The built-in
// ones (aurora) and a user's shared library implement the same interface.
//
// A shared library ends with LF_ADAPTER(Class); Class is constructed from
// AdapterOptions. liteflowd owns what it returns and calls it from one thread. Methods throw
// liteflow::Error; anything else ends the update round as failed as well.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "codegen/matrix.h"

namespace liteflow {

// Version of this interface; liteflowd refuses a library built for another.
inline constexpr int kAdapterAbi = 1;

// The records of one interval T, from one host, oldest first per flow.
struct Batch {
  std::string app;
  std::string host;               // name of the host link it came by
  std::size_t record_bytes = 0;   // sizeof(struct lf_cc_record) for "cc"
  std::vector<std::byte> records; // a multiple of record_bytes
  std::uint64_t dropped = 0;      // records the kernel dropped since the last batch
};

struct Evaluation {
  double stability = 0;  // the value whose settling means convergence (e.g. mean reward)
  Matrix outputs;        // one row per input row, in application units (1.0, not Q16.16)
};

struct AdapterOptions {
  std::string model;                          // TorchScript file to start from
  std::uint64_t seed = 1;
  std::map<std::string, std::string> values;  // the adapter's own keys of the config
};

class Adapter {
 public:
  Adapter() = default;
  Adapter(const Adapter &) = delete;
  Adapter &operator=(const Adapter &) = delete;
  virtual ~Adapter() = default;

  // NN freezing: the current model as TorchScript, for inference (no dropout,
  // no training state): the bytes of a .pt file.
  virtual std::string freeze() = 0;

  // NN evaluation: the current stability value, and what the current float
  // model answers for these inputs (rows x n_in).
  virtual Evaluation evaluate(const Matrix &inputs) = 0;

  // NN online adaptation: tune on one batch. Returns how many records it used.
  virtual std::size_t adapt(const Batch &batch) = 0;

  // The states of a batch as inputs of the model (records x n_in).
  virtual Matrix inputs(const Batch &batch) const = 0;

  // Exploration: standard deviation of the action, in application units.
  virtual double sigma() const = 0;
};

}  // namespace liteflow

// Exports a class of a shared library as its adapter.
#define LF_ADAPTER(Class)                                                                      \
  extern "C" {                                                                                 \
  extern const int lf_adapter_abi;                                                             \
  const int lf_adapter_abi = liteflow::kAdapterAbi;                                            \
  liteflow::Adapter *lf_adapter_create(const liteflow::AdapterOptions &options);               \
  liteflow::Adapter *lf_adapter_create(const liteflow::AdapterOptions &options) {              \
    return new Class(options);                                                                 \
  }                                                                                            \
  }                                                                                            \
  static_assert(true, "ends with a semicolon")
