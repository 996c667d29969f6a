// SPDX-License-Identifier: GPL-2.0
#include "daemon/regression/tuner.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "codegen/error.h"
#include "daemon/regression/settings.h"
#include "daemon/training/file.h"
#include "daemon/training/script.h"

namespace liteflow::regression {
namespace {

RegressorOptions regressor_options(const Settings &s, std::uint64_t seed) {
  RegressorOptions o;
  o.seed = seed;
  o.learning_rate = s.learning_rate;
  o.delta = s.delta;
  o.anchor = s.anchor;
  return o;
}

// Weighted mean of |answer - label|.
double mean_error(const Rows &rows, const std::vector<float> &answers) {
  double sum = 0, weights = 0;
  for (std::size_t i = 0; i < rows.size(); i++) {
    sum += rows.weights[i] * std::abs(answers[i] - rows.labels[i]);
    weights += rows.weights[i];
  }
  return sum / std::max(weights, 1e-12);
}

class Tuner : public Adapter {
 public:
  Tuner(const TunerKind &kind, const AdapterOptions &o, const std::string &model)
      : kind_(kind), settings_(settings_of(o.values, kind.subject.name)),
        regressor_(kind.subject, regressor_options(settings_, o.seed)), window_(kind.subject.inputs()) {
    use_one_thread();
    regressor_.load(model, o.model);
  }

  std::string freeze() override { return regressor_.save(); }

  Evaluation evaluate(const Matrix &inputs) override {
    if (inputs.rows && inputs.columns != regressor_.inputs())
      throw Error(fmt::format("{}: {} inputs per row, expected {}", kind_.subject.name, inputs.columns,
                              regressor_.inputs()));
    Evaluation e;
    e.stability = -error_;
    e.outputs = Matrix(inputs.rows, 1);
    const auto answers = regressor_.predict({inputs.values.begin(), inputs.values.end()});
    std::copy(answers.begin(), answers.end(), e.outputs.values.begin());
    return e;
  }

  std::size_t adapt(const Batch &batch) override {
    const Reading reading = kind_.read(batch);
    if (!reading.used) return 0;
    judge(reading.rows);
    window_.append(reading.rows);
    window_.keep_last(static_cast<std::size_t>(settings_.window));
    fresh_ += reading.used;
    seen_ += reading.used;
    if (static_cast<double>(fresh_) >= settings_.update_every && static_cast<double>(seen_) >= settings_.warm_up)
      update();
    return reading.used;
  }

  Matrix inputs(const Batch &batch) const override {
    const Reading reading = kind_.read(batch);
    Matrix m(reading.rows.size(), regressor_.inputs());
    std::copy(reading.rows.features.begin(), reading.rows.features.end(), m.values.begin());
    return m;
  }

  // Labels come whatever was answered: nothing needs to be tried out.
  double sigma() const override { return 0; }

 private:
  void judge(const Rows &rows) {
    // A plain mean at first, so that the value starts where the errors are.
    const double weight = std::max(settings_.smoothing, 1.0 / static_cast<double>(++judged_));
    error_ += weight * (mean_error(rows, regressor_.predict(rows.features)) - error_);
  }

  void update() {
    fresh_ = 0;
    const auto held = static_cast<std::size_t>(std::ceil(settings_.holdout * static_cast<double>(window_.size())));
    const std::size_t cut = window_.size() - held;
    const Rows earlier = window_.part(0, cut), latest = window_.part(cut, window_.size());
    const std::vector<float> before = regressor_.parameters();
    const double loss = regressor_.loss(latest);
    for (int epoch = 0; epoch < static_cast<int>(settings_.epochs); epoch++)
      regressor_.learn(earlier, static_cast<std::size_t>(settings_.minibatch));
    if (!(regressor_.loss(latest) <= loss)) regressor_.set_parameters(before);
  }

  TunerKind kind_;
  Settings settings_;
  Regressor regressor_;
  Rows window_;
  std::size_t fresh_ = 0, seen_ = 0, judged_ = 0;
  double error_ = 0;
};

}  // namespace

std::unique_ptr<Adapter> make_tuner(const TunerKind &kind, const AdapterOptions &options) {
  return make_tuner(kind, options, read_model(options.model, kind.subject.name));
}

std::unique_ptr<Adapter> make_tuner(const TunerKind &kind, const AdapterOptions &options, const std::string &model) {
  return std::make_unique<Tuner>(kind, options, model);
}

}  // namespace liteflow::regression
