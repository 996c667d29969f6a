// SPDX-License-Identifier: GPL-2.0
#include "daemon/aurora/learner.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>
#include <sstream>

#include "codegen/error.h"
#include "daemon/training/layers.h"
#include "daemon/training/rng.h"

namespace liteflow::aurora {
namespace {

// Inside the policy an input is (x - centre) * gain, per feature: inflation is
// some tenths around 0, the ratios some tenths above or around 1. Weights are
// around a third.
constexpr std::array<double, 3> kCentre = {0, 1, 1};
constexpr std::array<double, 3> kGain = {5, 2, 4};
constexpr double kWeightCentre = 1.0 / 3, kWeightGain = 3;
constexpr double kMeanScale = 8;  // action units per unit of the last layer
constexpr double kLogTwoPi = 1.8378770664093453;

const char *const kForward = R"(
def forward(self, x):
    h = torch.tanh(torch.linear(x, self.fc1_weight, self.fc1_bias))
    h = torch.tanh(torch.linear(h, self.fc2_weight, self.fc2_bias))
    return torch.linear(h, self.fc3_weight, self.fc3_bias)
)";

// The number is that of the weights.
const char *const kForwardPreference = R"(
def forward(self, x):
    p = torch.tanh(torch.linear(x[:, :3], self.preference_weight, self.preference_bias))
    h = torch.cat([x[:, 3:], p], 1)
    h = torch.tanh(torch.linear(h, self.fc1_weight, self.fc1_bias))
    h = torch.tanh(torch.linear(h, self.fc2_weight, self.fc2_bias))
    return torch.linear(h, self.fc3_weight, self.fc3_bias)
)";
static_assert(kMoccShape.weights == 3);

// In the order of Network::p.
constexpr std::array<const char *, 8> kNames = {"fc1_weight", "fc1_bias",   "fc2_weight",        "fc2_bias",
                                                "fc3_weight", "fc3_bias", "preference_weight", "preference_bias"};

// Three linear layers with tanh between. Of the inputs the first `weights` pass
// through a linear layer and tanh of their own and join the others behind them.
struct Network {
  std::vector<torch::Tensor> p;  // as kNames
  std::int64_t weights = 0;

  Network(const PolicyShape &shape, std::size_t inputs, std::size_t h1, std::size_t h2, double head_gain, Rng &rng)
      : p(6), weights(wide(shape.weights)) {
    p[0] = orthogonal(wide(h1), wide(inputs - shape.weights + shape.preference), 1.0, rng);
    p[2] = orthogonal(wide(h2), wide(h1), 1.4142, rng);
    p[4] = orthogonal(1, wide(h2), head_gain, rng);
    if (weights) {
      p.resize(8);
      p[6] = orthogonal(wide(shape.preference), weights, 1.0, rng);
    }
    for (std::size_t i = 0; i < p.size(); i += 2) p[i + 1] = torch::zeros({p[i].size(0)});
    for (auto &t : p) t.set_requires_grad(true);
  }

  torch::Tensor forward(const torch::Tensor &x) const {
    auto h = x;
    if (weights) {
      const auto preference = torch::tanh(torch::addmm(p[7], x.slice(1, 0, weights), p[6].t()));
      h = torch::cat({x.slice(1, weights), preference}, 1);
    }
    h = torch::tanh(torch::addmm(p[1], h, p[0].t()));
    h = torch::tanh(torch::addmm(p[3], h, p[2].t()));
    return torch::addmm(p[5], h, p[4].t()).squeeze(1);
  }
};

// Of each input, `of_weight` for the objective's and by feature for the history's.
torch::Tensor per_input(const PolicyShape &shape, double of_weight, const std::array<double, 3> &of_feature) {
  auto t = torch::empty({wide(shape.inputs())});
  for (std::size_t i = 0; i < shape.inputs(); i++)
    t[wide(i)] = i < shape.weights ? of_weight : of_feature[(i - shape.weights) % 3];
  return t;
}

void copy_out(const torch::Tensor &t, std::size_t rows, float *out) {
  const auto c = t.contiguous();
  std::copy_n(c.data_ptr<float>(), rows, out);
}

}  // namespace

struct Learner::Impl {
  explicit Impl(const LearnerOptions &o)
      : options(o), rng(o.seed), policy(o.shape, o.shape.inputs(), o.shape.hidden1, o.shape.hidden2, 0.01, rng),
        critic(o.shape, o.critic_inputs, 64, 32, 1.0, rng),
        log_sigma(torch::full({1}, std::log(o.sigma)).set_requires_grad(true)),
        centre_(per_input(o.shape, kWeightCentre, kCentre)), gain_(per_input(o.shape, kWeightGain, kGain)),
        policy_optimiser(with_sigma(policy, log_sigma), torch::optim::AdamOptions(o.learning_rate).eps(1e-5)),
        critic_optimiser(critic.p,
                         torch::optim::AdamOptions(o.critic_rate > 0 ? o.critic_rate : o.learning_rate).eps(1e-5)) {}

  static std::vector<torch::Tensor> with_sigma(const Network &m, const torch::Tensor &s) {
    auto v = m.p;
    v.push_back(s);
    return v;
  }

  // For the layers that take application values: the preference's whole, and of
  // the first the columns of the history.
  template <typename Change>
  void change_input_layers(std::vector<torch::Tensor> &t, Change change) const {
    const std::int64_t weights = policy.weights;
    change(t[0], t[1], centre_.slice(0, weights), gain_.slice(0, weights));
    if (weights) change(t[6], t[7], centre_.slice(0, 0, weights), gain_.slice(0, 0, weights));
  }

  torch::Tensor normal(const torch::Tensor &states) const { return (states - centre_) * gain_; }
  torch::Tensor mean(const torch::Tensor &normal_states) const { return policy.forward(normal_states) * kMeanScale; }

  LearnerOptions options;
  Rng rng;
  Network policy, critic;
  torch::Tensor log_sigma, centre_, gain_;
  torch::optim::Adam policy_optimiser, critic_optimiser;
};

Learner::Learner(const LearnerOptions &options) : impl_(std::make_unique<Impl>(options)) {}
Learner::Learner(Learner &&) noexcept = default;
Learner::~Learner() = default;

void Learner::mean(const float *states, std::size_t rows, float *out) const {
  const torch::NoGradGuard guard;
  copy_out(impl_->mean(impl_->normal(view(states, rows, impl_->options.shape.inputs()))), rows, out);
}

void Learner::value(const float *inputs, std::size_t rows, float *out) const {
  const torch::NoGradGuard guard;
  copy_out(impl_->critic.forward(view(inputs, rows, impl_->options.critic_inputs)), rows, out);
}

double Learner::sigma() const { return std::exp(impl_->log_sigma.item<double>()); }

void Learner::set_sigma(double sigma) {
  const torch::NoGradGuard guard;
  impl_->log_sigma.fill_(std::log(sigma));
}

void Learner::set_learning_rate(double rate) {
  for (auto *o : {&impl_->policy_optimiser, &impl_->critic_optimiser})
    for (auto &group : o->param_groups()) static_cast<torch::optim::AdamOptions &>(group.options()).lr(rate);
}

void Learner::set_entropy(double weight) { impl_->options.entropy = weight; }

std::vector<float> Learner::parameters() const {
  std::vector<float> out;
  for (const auto &t : impl_->policy.p) {
    const auto c = t.detach().contiguous();
    out.insert(out.end(), c.data_ptr<float>(), c.data_ptr<float>() + c.numel());
  }
  return out;
}

void Learner::set_parameters(const std::vector<float> &values) {
  const torch::NoGradGuard guard;
  std::size_t at = 0;
  for (auto &t : impl_->policy.p) {
    const auto n = static_cast<std::size_t>(t.numel());
    t.copy_(torch::from_blob(const_cast<float *>(values.data() + at), t.sizes(), torch::kFloat));
    at += n;
  }
}

namespace {

// The rows of an update as tensors, prepared once.
struct Prepared {
  torch::Tensor states, critic_states, actions, sigmas, targets, advantages, weights, anchors, holds, means, old_log;
};

// Advantages with mean 0 and deviation 1 within each group: objectives whose
// rewards move little must not count little.
std::vector<float> normalised(const Samples &s) {
  struct Moments {
    double n = 0, sum = 0, squares = 0;
  };
  std::map<std::size_t, Moments> groups;
  const auto group = [&](std::size_t i) { return s.groups.empty() ? 0 : s.groups[i]; };
  for (std::size_t i = 0; i < s.rows; i++) {
    Moments &m = groups[group(i)];
    const double a = s.advantages[i];
    m.n++;
    m.sum += a;
    m.squares += a * a;
  }
  std::vector<float> out(s.rows);
  for (std::size_t i = 0; i < s.rows; i++) {
    const Moments &m = groups[group(i)];
    const double mean = m.sum / m.n, variance = std::max(0.0, m.squares / m.n - mean * mean);
    out[i] = m.n > 1 ? static_cast<float>((s.advantages[i] - mean) / (std::sqrt(variance) + 1e-6)) : 0;
  }
  return out;
}

}  // namespace

// One gradient step each; defined here to see both Impl and Prepared.
struct Learner::Steps {
  static double critic(Impl &m, const Prepared &p, const torch::Tensor &index) {
    m.critic_optimiser.zero_grad();
    const auto error =
        torch::mse_loss(m.critic.forward(p.critic_states.index_select(0, index)), p.targets.index_select(0, index));
    error.backward();
    torch::nn::utils::clip_grad_norm_(m.critic.p, m.options.max_gradient);
    m.critic_optimiser.step();
    return error.item<double>();
  }

  static void policy(Impl &m, const Prepared &p, const torch::Tensor &index, bool train_sigma) {
    m.policy_optimiser.zero_grad();
    const auto mean = m.mean(p.states.index_select(0, index));
    const auto action = p.actions.index_select(0, index), advantage = p.advantages.index_select(0, index);
    const auto sigma = train_sigma ? m.log_sigma.exp() : p.sigmas.index_select(0, index);
    const auto log = -(action - mean).square() / (2 * sigma.square()) - sigma.log();
    const auto ratio = (log - p.old_log.index_select(0, index)).clamp(-10, 10).exp();
    const auto bound = ratio.clamp(1 - m.options.clip, 1 + m.options.clip);
    auto gain = torch::min(ratio * advantage, bound * advantage);
    if (p.weights.defined()) gain = gain * p.weights.index_select(0, index);
    auto loss = -gain.mean();
    if (p.anchors.defined()) {
      const auto kl = ((mean - p.anchors.index_select(0, index)) / sigma).square() / 2;
      loss = loss + (p.holds.index_select(0, index) * kl).mean();
    }
    if (train_sigma) loss = loss - m.options.entropy * (m.log_sigma + 0.5 * (1 + kLogTwoPi)).sum();
    loss.backward();
    torch::nn::utils::clip_grad_norm_(m.policy.p, m.options.max_gradient);
    m.policy_optimiser.step();
    const torch::NoGradGuard guard;
    m.log_sigma.clamp_min_(std::log(m.options.sigma_min));
  }

  static Prepared prepare(const Impl &m, const Samples &s) {
    Prepared p;
    p.states = m.normal(rows_of(s.states, s.rows, m.options.shape.inputs()));
    p.critic_states = rows_of(s.critic_states, s.rows, m.options.critic_inputs);
    p.actions = rows_of(s.actions, s.rows, 1);
    p.means = rows_of(s.means, s.rows, 1);
    // A deterministic record has no density; a tiny sigma would explode. Callers
    // leave such rows out of the policy; this bound only keeps numbers finite.
    p.sigmas = rows_of(s.sigmas, s.rows, 1).clamp_min(1e-3);
    p.targets = rows_of(s.targets, s.rows, 1);
    p.advantages = torch::from_blob(normalised(s).data(), {wide(s.rows)}, torch::kFloat).clone();
    if (!s.weights.empty()) p.weights = rows_of(s.weights, s.rows, 1);
    if (!s.anchors.empty()) {
      p.anchors = rows_of(s.anchors, s.rows, 1);
      p.holds = rows_of(s.holds, s.rows, 1);
    }
    p.old_log = -(p.actions - p.means).square() / (2 * p.sigmas.square()) - p.sigmas.log();
    return p;
  }

  static double kl(const Impl &m, const Prepared &p) {
    const torch::NoGradGuard guard;
    return ((m.mean(p.states) - p.means).square() / (2 * p.sigmas.square())).mean().item<double>();
  }
};

UpdateResult Learner::update(const Samples &s, const UpdateOptions &o) {
  UpdateResult result;
  if (!s.rows) return result;
  Impl &m = *impl_;
  const Prepared p = Steps::prepare(m, s);
  std::vector<std::int64_t> order(s.rows);
  std::iota(order.begin(), order.end(), 0);
  bool moving = o.policy;
  for (std::size_t epoch = 0; epoch < o.epochs && (moving || o.critic); epoch++) {
    for (std::size_t i = s.rows - 1; i > 0; i--) std::swap(order[i], order[m.rng.below(i + 1)]);
    double critic_loss = 0;
    for (std::size_t at = 0; at < s.rows; at += o.minibatch) {
      const auto n = static_cast<std::int64_t>(std::min(o.minibatch, s.rows - at));
      const auto index = torch::from_blob(order.data() + at, {n}, torch::kLong);
      if (o.critic) critic_loss += Steps::critic(m, p, index) * static_cast<double>(n);
      if (!moving) continue;
      Steps::policy(m, p, index, o.train_sigma);
      result.steps++;
    }
    result.critic_loss = critic_loss / static_cast<double>(s.rows);
    if (moving && o.max_kl < 1e8) moving = Steps::kl(m, p) <= o.max_kl;
  }
  result.kl = Steps::kl(m, p);
  if (s.rows > 1) result.target_variance = p.targets.var().item<double>();
  return result;
}

std::string Learner::save() const {
  const torch::NoGradGuard guard;
  std::vector<torch::Tensor> t;
  for (const auto &p : impl_->policy.p) t.push_back(p.detach().clone());
  impl_->change_input_layers(t, fold);
  t[4] = t[4] * kMeanScale;
  t[5] = t[5] * kMeanScale;
  torch::jit::Module module(impl_->policy.weights ? "Mocc" : "Aurora");
  for (std::size_t i = 0; i < t.size(); i++)
    module.register_parameter(kNames[i], t[i].to(torch::kFloat).contiguous(), false);
  module.define(impl_->policy.weights ? kForwardPreference : kForward);
  module.eval();
  std::ostringstream out;
  module.save(out);
  return out.str();
}

void Learner::load(const std::string &bytes, const std::string &name) {
  const char *command = impl_->options.shape.name;
  const auto module = parse(bytes, name, command);
  std::vector<torch::Tensor> t(impl_->policy.p.size());
  for (std::size_t i = 0; i < t.size(); i++) {
    t[i] = parameter(module, kNames[i], name, command);
    if (t[i].sizes() != impl_->policy.p[i].sizes()) {
      std::ostringstream text;
      text << name << ": parameter \"" << kNames[i] << "\" has shape " << t[i].sizes() << ", expected "
           << impl_->policy.p[i].sizes();
      throw Error(text.str());
    }
  }
  impl_->change_input_layers(t, unfold);
  t[4] = t[4] / kMeanScale;
  t[5] = t[5] / kMeanScale;
  const torch::NoGradGuard guard;
  for (std::size_t i = 0; i < t.size(); i++) impl_->policy.p[i].copy_(t[i]);
}

}  // namespace liteflow::aurora
