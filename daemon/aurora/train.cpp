// SPDX-License-Identifier: GPL-2.0
#include "daemon/aurora/train.h"

#include <algorithm>
#include <cmath>

#include "daemon/aurora/learner.h"

namespace liteflow::aurora {

void advantages(const std::vector<double> &rewards, const std::vector<double> &values, const std::vector<char> &ended,
                double discount, double lambda, float *advantage, float *target) {
  const double scale = 1 - discount;
  double sum = 0;
  for (std::size_t i = rewards.size(); i-- > 0;) {
    const double next = ended[i] ? 0 : discount * values[i + 1];
    const double error = scale * rewards[i] + next - values[i];
    sum = error + (ended[i] ? 0 : discount * lambda * sum);
    advantage[i] = static_cast<float>(sum);
    target[i] = static_cast<float>(sum + values[i]);
  }
}

namespace {

class Trainer {
 public:
  explicit Trainer(const TrainOptions &o) : options_(o), learner_(learner_options(o)), rng_(o.seed * 7919 + 13) {
    for (std::size_t i = 0; i < o.environments; i++)
      environments_.emplace_back(o.seed * 1'000'003 + i * 7717 + 1, o.environment);
    rewards_.resize(o.environments);
    ended_.resize(o.environments);
    usable_.resize(o.environments);
  }

  CurvePoint update(double progress, std::atomic<std::uint64_t> &done) {
    learner_.set_learning_rate(options_.learning_rate * (1 - 0.9 * progress));
    CurvePoint point;
    point.reward = roll_out(done);
    Samples samples = judge();
    UpdateOptions how;
    how.epochs = options_.epochs;
    how.minibatch = options_.minibatch;
    point.kl = learner_.update(samples, how).kl;
    // Exploration ends near the sigma that ships: what is learnt must hold there.
    learner_.set_sigma(std::min(learner_.sigma(), sigma_cap(progress)));
    point.sigma = learner_.sigma();
    return point;
  }

  std::string model() const { return learner_.save(); }

 private:
  static LearnerOptions learner_options(const TrainOptions &o) {
    LearnerOptions l;
    l.seed = o.seed;
    l.critic_inputs = kCriticInputs;
    l.learning_rate = o.learning_rate;
    l.sigma = o.sigma;
    l.sigma_min = o.sigma_min;
    return l;
  }

  double sigma_cap(double progress) const {
    return options_.sigma * std::pow(options_.sigma_min * 1.5 / options_.sigma, progress);
  }

  // Fill samples_ step-major (row = step * environments + environment).
  double roll_out(std::atomic<std::uint64_t> &done) {
    const std::size_t n = options_.environments, rows = n * options_.horizon;
    samples_ = Samples{};
    samples_.rows = rows;
    samples_.states.resize(rows * kInputs);
    samples_.critic_states.resize(rows * kCriticInputs);
    samples_.actions.resize(rows);
    samples_.means.resize(rows);
    samples_.sigmas.assign(rows, static_cast<float>(learner_.sigma()));
    for (std::size_t e = 0; e < n; e++) {
      rewards_[e].clear();
      ended_[e].clear();
      usable_[e].clear();
    }
    double sum = 0;
    for (std::size_t t = 0; t < options_.horizon; t++) {
      sum += step_all(t);
      done.fetch_add(n, std::memory_order_relaxed);
    }
    return sum / static_cast<double>(rows);
  }

  double step_all(std::size_t t) {
    const std::size_t n = options_.environments, row = t * n;
    for (std::size_t e = 0; e < n; e++) {
      std::copy_n(environments_[e].state(), kInputs, &samples_.states[(row + e) * kInputs]);
      environments_[e].critic_state(&samples_.critic_states[(row + e) * kCriticInputs]);
    }
    learner_.mean(&samples_.states[row * kInputs], n, &samples_.means[row]);
    double sum = 0;
    for (std::size_t e = 0; e < n; e++) {
      const double mean = samples_.means[row + e], sigma = samples_.sigmas[row + e];
      const double action = mean + sigma * rng_.normal();
      samples_.actions[row + e] = static_cast<float>(action);
      Environment::Step s = environments_[e].step(mean, action, sigma);
      sum += s.reward;
      s.reward -= options_.smoothness * std::abs(action);
      if (s.ended) {
        s.reward += options_.discount * last_value(environments_[e]) / (1 - options_.discount);
        environments_[e].reset();
      }
      rewards_[e].push_back(s.reward);
      ended_[e].push_back(s.ended);
      usable_[e].push_back(s.usable);
    }
    return sum;
  }

  double last_value(const Environment &environment) const {
    std::array<float, kCriticInputs> in{};
    float v = 0;
    environment.critic_state(in.data());
    learner_.value(in.data(), 1, &v);
    return v;
  }

  Samples judge() {
    const std::size_t n = options_.environments, steps = options_.horizon;
    std::vector<float> values(samples_.rows), advantage(steps), target(steps);
    learner_.value(samples_.critic_states.data(), samples_.rows, values.data());
    samples_.advantages.resize(samples_.rows);
    samples_.targets.resize(samples_.rows);
    for (std::size_t e = 0; e < n; e++) {
      std::vector<double> v(steps + 1);
      for (std::size_t t = 0; t < steps; t++) v[t] = values[t * n + e];
      v[steps] = last_value(environments_[e]);
      advantages(rewards_[e], v, ended_[e], options_.discount, options_.lambda, advantage.data(), target.data());
      for (std::size_t t = 0; t < steps; t++) {
        samples_.advantages[t * n + e] = usable_[e][t] ? advantage[t] : 0;
        samples_.targets[t * n + e] = target[t];
      }
    }
    return std::move(samples_);
  }

  TrainOptions options_;
  Learner learner_;
  Rng rng_;
  std::vector<Environment> environments_;
  Samples samples_;
  std::vector<std::vector<double>> rewards_;
  std::vector<std::vector<char>> ended_, usable_;
};

}  // namespace

Trained train(const TrainOptions &options, std::atomic<std::uint64_t> &done) {
  Trainer trainer(options);
  Trained result;
  const std::uint64_t per_update = options.environments * options.horizon;
  const std::uint64_t updates = std::max<std::uint64_t>(1, options.steps / per_update);
  for (std::uint64_t i = 0; i < updates; i++) {
    CurvePoint point = trainer.update(static_cast<double>(i) / static_cast<double>(updates), done);
    point.step = (i + 1) * per_update;
    result.curve.push_back(point);
  }
  result.model = trainer.model();
  return result;
}

}  // namespace liteflow::aurora
