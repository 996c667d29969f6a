// SPDX-License-Identifier: GPL-2.0
// Adapter of the app "devload", as a third party builds it: a shared library
// through daemon/adapter.h. The records carry their labels, so tuning is plain
// regression: gradient steps on the squared error over the last records. Any
// TorchScript network of four inputs and one output will do.
//
// [app.options] rate: of the steps (Adam), default 0.01.
#include <fmt/format.h>
#include <torch/script.h>
#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <sstream>
#include <utility>
#include <vector>

#include "codegen/error.h"
#include "daemon/adapter.h"
#include "tests/third-party/module/devload.h"

namespace {

constexpr std::int64_t kWindow = 1024;  // records that are remembered
constexpr int kSteps = 32;              // of each batch
constexpr double kOne = 65536;          // Q16.16

std::vector<devload_record> records_of(const liteflow::Batch &batch) {
  if (batch.record_bytes != sizeof(devload_record))
    throw liteflow::Error(fmt::format("devload: records of {} bytes, not {}: module and adapter differ",
                                      batch.record_bytes, sizeof(devload_record)));
  std::vector<devload_record> records(batch.records.size() / sizeof(devload_record));
  std::memcpy(records.data(), batch.records.data(), records.size() * sizeof(devload_record));
  return records;
}

torch::Tensor tensor_of(const liteflow::Matrix &rows) {
  const auto n = static_cast<std::int64_t>(rows.rows);
  return torch::tensor(at::ArrayRef<double>(rows.values), torch::kFloat).view({n, DEVLOAD_HISTORY});
}

class DevLoad final : public liteflow::Adapter {
 public:
  explicit DevLoad(const liteflow::AdapterOptions &options) {
    double rate = 0.01;
    for (const auto &[key, value] : options.values) {
      if (key != "rate") throw liteflow::Error("devload: unknown key app.options." + key);
      rate = std::strtod(value.c_str(), nullptr);
      if (!(rate > 0 && rate < 1)) throw liteflow::Error("devload: app.options.rate is in (0, 1)");
    }
    try {
      model_ = torch::jit::load(options.model);
    } catch (const std::exception &) {
      throw liteflow::Error(options.model + ": can't read this model");
    }
    std::vector<torch::Tensor> weights;
    for (const auto &weight : model_.parameters()) weights.push_back(weight.requires_grad_(true));
    optimiser_ = std::make_unique<torch::optim::Adam>(weights, rate);
  }

  std::string freeze() override {
    std::ostringstream out;
    model_.save(out);
    return out.str();
  }

  liteflow::Evaluation evaluate(const liteflow::Matrix &inputs) override {
    const torch::NoGradGuard guard;
    const auto out = predict(tensor_of(inputs)).to(torch::kDouble).contiguous();
    liteflow::Matrix outputs(inputs.rows, 1);
    std::copy_n(out.data_ptr<double>(), inputs.rows, outputs.values.begin());
    return {.stability = -error_, .outputs = std::move(outputs)};
  }

  std::size_t adapt(const liteflow::Batch &batch) override {
    const auto records = records_of(batch);
    if (records.empty()) return 0;
    std::vector<double> labels;
    for (const auto &record : records) labels.push_back(record.truth / kOne);
    const auto in = tensor_of(inputs(batch)), truth = torch::tensor(labels, torch::kFloat);
    measure(in, truth);
    remember(in, truth);
    for (int step = 0; step < kSteps; step++) learn();
    return records.size();
  }

  liteflow::Matrix inputs(const liteflow::Batch &batch) const override {
    const auto records = records_of(batch);
    liteflow::Matrix values(records.size(), DEVLOAD_HISTORY);
    for (std::size_t row = 0; row < records.size(); row++)
      for (std::size_t j = 0; j < values.columns; j++) values(row, j) = records[row].state[j] / kOne;
    return values;
  }

  double sigma() const override { return 0; }

 private:
  torch::Tensor predict(const torch::Tensor &in) { return model_.forward({in}).toTensor().flatten(); }

  // By records that it hasn't been tuned on.
  void measure(const torch::Tensor &in, const torch::Tensor &truth) {
    const torch::NoGradGuard guard;
    error_ = (predict(in) - truth).abs().mean().item<double>();
  }

  void remember(const torch::Tensor &in, const torch::Tensor &truth) {
    in_ = in_.defined() ? torch::cat({in_, in}) : in;
    truth_ = truth_.defined() ? torch::cat({truth_, truth}) : truth;
    const auto first = std::max<std::int64_t>(0, in_.size(0) - kWindow);
    in_ = in_.slice(0, first);
    truth_ = truth_.slice(0, first);
  }

  void learn() {
    optimiser_->zero_grad();
    const auto loss = torch::mse_loss(predict(in_), truth_);
    if (!std::isfinite(loss.item<float>())) throw liteflow::Error("devload: the loss is not finite");
    loss.backward();
    optimiser_->step();
  }

  torch::jit::Module model_;
  std::unique_ptr<torch::optim::Adam> optimiser_;
  torch::Tensor in_, truth_;  // the window
  double error_ = 0;          // mean |prediction - truth| of the last batch
};

}  // namespace

LF_ADAPTER(DevLoad);
