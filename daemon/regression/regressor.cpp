// SPDX-License-Identifier: GPL-2.0
#include "daemon/regression/regressor.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <sstream>
#include <utility>

#include "codegen/error.h"
#include "daemon/training/layers.h"

namespace liteflow::regression {
namespace {

constexpr double kSlope = 0.125;  // of the leaky ReLU, as in kForward
constexpr double kMaxGradient = 1;
constexpr double kMostExponent = 120;  // 2^-that is a float yet

const char *const kForward = R"(
def forward(self, x):
    h = torch.leaky_relu(torch.linear(x, self.fc1_weight, self.fc1_bias), 0.125)
    h = torch.leaky_relu(torch.linear(h, self.fc2_weight, self.fc2_bias), 0.125)
    return torch.relu(torch.linear(h, self.fc3_weight, self.fc3_bias))
)";

constexpr std::array<const char *, 6> kNames = {"fc1_weight", "fc1_bias", "fc2_weight",
                                                "fc2_bias",   "fc3_weight", "fc3_bias"};
using Parameters = std::vector<torch::Tensor>;

torch::Tensor tensor_of(const std::vector<double> &values) {
  return torch::tensor(values, torch::kDouble).to(torch::kFloat);
}

Parameters fresh(std::size_t inputs, const Hidden &hidden, std::uint64_t seed) {
  Rng rng(seed);
  Parameters p(6);
  p[0] = orthogonal(wide(hidden[0]), wide(inputs), 1.4142, rng);
  p[2] = orthogonal(wide(hidden[1]), wide(hidden[0]), 1.4142, rng);
  p[4] = orthogonal(1, wide(hidden[1]), 0.1, rng);
  for (std::size_t i = 0; i < p.size(); i += 2) p[i + 1] = torch::zeros({p[i].size(0)});
  return p;
}

// Layers that fit on one another and on so many inputs.
bool fit(const Parameters &p, std::size_t inputs) {
  std::int64_t width = wide(inputs);
  for (std::size_t i = 0; i < p.size(); i += 2) {
    if (p[i].dim() != 2 || p[i].size(1) != width) return false;
    width = p[i].size(0);
    if (p[i + 1].dim() != 1 || p[i + 1].size(0) != width) return false;
  }
  return width == 1;
}

using Index = std::vector<std::int64_t>;

torch::Tensor tensor_of(Index &values) { return torch::from_blob(values.data(), {wide(values.size())}, torch::kLong); }

// What is drawn, learnt from and judged as one: a set of alternatives, or a row.
class Units {
 public:
  explicit Units(const Rows &rows) : ends_(rows.set_ends) {
    if (ends_.empty())
      for (std::size_t i = 1; i <= rows.size(); i++) ends_.push_back(i);
    order_.resize(ends_.size());
    std::iota(order_.begin(), order_.end(), 0);
  }

  void shuffle(Rng &rng) {
    for (std::size_t i = order_.size() - 1; i > 0; i--) std::swap(order_[i], order_[rng.below(i + 1)]);
  }

  bool over() const { return next_ == order_.size(); }

  // The rows of as many as come to `most`, and of each row the number of its unit among them.
  void take(std::size_t most, Index &rows, Index &unit) {
    rows.clear();
    unit.clear();
    for (std::int64_t n = 0; !over() && rows.size() < most; n++) {
      const std::size_t which = order_[next_++];
      for (std::size_t i = which ? ends_[which - 1] : 0; i < ends_[which]; i++) {
        rows.push_back(static_cast<std::int64_t>(i));
        unit.push_back(n);
      }
    }
  }

 private:
  std::vector<std::size_t> ends_, order_;
  std::size_t next_ = 0;
};

// Of each row, how much larger its label is than the least of its set.
std::vector<float> excess_of(const Rows &rows) {
  std::vector<float> excess;
  std::size_t first = 0;
  for (const std::size_t end : rows.set_ends) {
    const float least = *std::min_element(rows.labels.begin() + wide(first), rows.labels.begin() + wide(end));
    for (; first < end; first++) excess.push_back(rows.labels[first] - least);
  }
  return excess;
}

// Rows as tensors.
struct Data {
  explicit Data(const Rows &rows)
      : features(view(rows.features.data(), rows.size(), rows.columns)),
        labels(rows_of(rows.labels, rows.size(), 1)),
        weights(rows_of(rows.weights, rows.size(), 1)),
        in_sets(!rows.set_ends.empty()) {
    if (in_sets) excess = rows_of(excess_of(rows), rows.size(), 1).clone();
  }

  torch::Tensor features, labels, weights, excess;
  bool in_sets;
};

}  // namespace

struct Regressor::Impl {
  Impl(Subject s, const RegressorOptions &o)
      : subject(std::move(s)), options(o), rng(o.seed), centre(tensor_of(subject.centre)),
        gain(tensor_of(subject.gain)) {
    begin(fresh(subject.inputs(), o.hidden, o.seed));
  }

  void begin(const Parameters &values) {
    p.clear();
    origin.clear();
    for (const auto &v : values) {
      origin.push_back(v.to(torch::kFloat).clone());
      p.push_back(origin.back().clone().set_requires_grad(true));
    }
    optimiser = std::make_unique<torch::optim::Adam>(p, torch::optim::AdamOptions(options.learning_rate).eps(1e-6));
  }

  // In label units.
  torch::Tensor forward(const torch::Tensor &features) const {
    auto h = (features - centre) * gain;
    h = torch::leaky_relu(torch::addmm(p[1], h, p[0].t()), kSlope);
    h = torch::leaky_relu(torch::addmm(p[3], h, p[2].t()), kSlope);
    return torch::addmm(p[5], h, p[4].t()).squeeze(1) * subject.label_scale + subject.label_centre;
  }

  torch::Tensor error(const torch::Tensor &answers, const torch::Tensor &labels, const torch::Tensor &weights) const {
    const auto each = torch::huber_loss(answers, labels, at::Reduction::None, options.delta);
    return (each * weights).sum() / weights.sum().clamp_min(1e-12);
  }

  // Mean over the sets; unit: of each row, from 0 on.
  torch::Tensor regret(const torch::Tensor &answers, const torch::Tensor &excess, const torch::Tensor &unit) const {
    const auto odds = (answers.clamp_min(0) * options.sharpness).clamp_max(kMostExponent).neg().exp2();
    const auto sets = torch::zeros({unit[-1].item<std::int64_t>() + 1});
    const auto sums = sets.index_add(0, unit, odds);
    return (odds * excess / sums.index_select(0, unit)).sum() / sets.numel();
  }

  // Of some of the rows.
  torch::Tensor loss(const Data &data, Index &some, Index &unit) const {
    const auto index = tensor_of(some);
    const auto answers = forward(data.features.index_select(0, index));
    auto loss = error(answers, data.labels.index_select(0, index), data.weights.index_select(0, index));
    if (options.regret > 0 && data.in_sets)
      loss = loss + options.regret * regret(answers, data.excess.index_select(0, index), tensor_of(unit));
    return loss;
  }

  torch::Tensor drift() const {
    auto sum = torch::zeros({});
    for (std::size_t i = 0; i < p.size(); i++) sum = sum + (p[i] - origin[i]).square().sum();
    return sum;
  }

  torch::Tensor features_of(const std::vector<float> &values) const {
    return view(values.data(), values.size() / subject.inputs(), subject.inputs());
  }

  Subject subject;
  RegressorOptions options;
  Rng rng;
  torch::Tensor centre, gain;
  Parameters p, origin;
  std::unique_ptr<torch::optim::Adam> optimiser;
};

Regressor::Regressor(Subject subject, const RegressorOptions &options)
    : impl_(std::make_unique<Impl>(std::move(subject), options)) {}
Regressor::Regressor(Regressor &&) noexcept = default;
Regressor::~Regressor() = default;

std::size_t Regressor::inputs() const { return impl_->subject.inputs(); }

std::vector<float> Regressor::predict(const std::vector<float> &features) const {
  if (features.empty()) return {};
  const torch::NoGradGuard guard;
  const auto out = impl_->forward(impl_->features_of(features)).clamp_min(0).contiguous();
  return {out.data_ptr<float>(), out.data_ptr<float>() + out.numel()};
}

double Regressor::loss(const Rows &rows) const {
  if (!rows.size()) return 0;
  const torch::NoGradGuard guard;
  Index all, unit;
  Units(rows).take(rows.size(), all, unit);
  return impl_->loss(Data(rows), all, unit).item<double>();
}

void Regressor::learn(const Rows &rows, std::size_t minibatch) {
  if (!rows.size()) return;
  Impl &m = *impl_;
  const Data data(rows);
  Units units(rows);
  units.shuffle(m.rng);
  for (Index some, unit; !units.over();) {
    units.take(minibatch, some, unit);
    m.optimiser->zero_grad();
    auto loss = m.loss(data, some, unit);
    if (m.options.anchor > 0) loss = loss + m.options.anchor * m.drift();
    loss.backward();
    torch::nn::utils::clip_grad_norm_(m.p, kMaxGradient);
    m.optimiser->step();
  }
}

void Regressor::set_learning_rate(double rate) {
  for (auto &group : impl_->optimiser->param_groups())
    static_cast<torch::optim::AdamOptions &>(group.options()).lr(rate);
}

std::vector<float> Regressor::parameters() const {
  std::vector<float> out;
  for (const auto &t : impl_->p) {
    const auto c = t.detach().contiguous();
    out.insert(out.end(), c.data_ptr<float>(), c.data_ptr<float>() + c.numel());
  }
  return out;
}

void Regressor::set_parameters(const std::vector<float> &values) {
  const torch::NoGradGuard guard;
  std::size_t at = 0;
  for (auto &t : impl_->p) {
    t.copy_(torch::from_blob(const_cast<float *>(values.data() + at), t.sizes(), torch::kFloat));
    at += static_cast<std::size_t>(t.numel());
  }
}

std::string Regressor::save() const {
  const torch::NoGradGuard guard;
  Parameters t;
  for (const auto &p : impl_->p) t.push_back(p.detach().to(torch::kDouble).clone());
  fold(t[0], t[1], impl_->centre, impl_->gain);
  t[4] = t[4] * impl_->subject.label_scale;
  t[5] = t[5] * impl_->subject.label_scale + impl_->subject.label_centre;
  torch::jit::Module module("Regressor");
  for (std::size_t i = 0; i < t.size(); i++)
    module.register_parameter(kNames[i], t[i].to(torch::kFloat).contiguous(), false);
  module.define(kForward);
  module.eval();
  std::ostringstream out;
  module.save(out);
  return out.str();
}

void Regressor::load(const std::string &bytes, const std::string &name) {
  const char *command = impl_->subject.name;
  const auto module = parse(bytes, name, command);
  Parameters t(kNames.size());
  for (std::size_t i = 0; i < t.size(); i++) t[i] = parameter(module, kNames[i], name, command);
  if (!fit(t, inputs()))
    throw Error(name + ": its layers don't fit on one another and on " + std::to_string(inputs()) +
                " inputs; make a model by liteflowd pretrain " + command);
  unfold(t[0], t[1], impl_->centre, impl_->gain);
  t[4] = t[4] / impl_->subject.label_scale;
  t[5] = (t[5] - impl_->subject.label_centre) / impl_->subject.label_scale;
  impl_->begin(t);
}

}  // namespace liteflow::regression
