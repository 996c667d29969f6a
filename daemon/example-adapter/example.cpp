// SPDX-License-Identifier: GPL-2.0
// The least that an adapter must do, as a shared library: it serves the model
// that it was given and learns nothing. Build it with
//   c++ -std=c++20 -shared -fPIC -I /usr/include/liteflow example.cpp -o libexample.so
// (or -I <source tree>)
// and name it in the configuration: adapter = "./libexample.so".
#include <cstring>
#include <fstream>
#include <sstream>

#include "codegen/error.h"
#include "daemon/adapter.h"

namespace {

// A record of this example: flow, snapshot and time, then one input per float.
constexpr std::size_t kHead = 3 * sizeof(std::uint64_t);

class Example final : public liteflow::Adapter {
 public:
  explicit Example(const liteflow::AdapterOptions &options) {
    for (const auto &[key, value] : options.values)
      throw liteflow::Error("example adapter: unknown key app.options." + key);
    std::ifstream file(options.model, std::ios::binary);
    std::stringstream bytes;
    if (!(bytes << file.rdbuf())) throw liteflow::Error(options.model + ": can't read this model");
    model_ = bytes.str();
  }

  std::string freeze() override { return model_; }

  liteflow::Evaluation evaluate(const liteflow::Matrix &inputs) override {
    return {.stability = 0, .outputs = liteflow::Matrix(inputs.rows, 1)};
  }

  std::size_t adapt(const liteflow::Batch &) override { return 0; }

  liteflow::Matrix inputs(const liteflow::Batch &batch) const override {
    const std::size_t rows = batch.records.size() / batch.record_bytes;
    liteflow::Matrix values(rows, (batch.record_bytes - kHead) / sizeof(float));
    for (std::size_t row = 0; row < rows; row++)
      for (std::size_t i = 0; i < values.columns; i++) {
        float value = 0;
        std::memcpy(&value, &batch.records[row * batch.record_bytes + kHead + i * sizeof(float)],
                    sizeof(value));
        values(row, i) = static_cast<double>(value);
      }
    return values;
  }

  double sigma() const override { return 0; }

 private:
  std::string model_;
};

}  // namespace

LF_ADAPTER(Example);
