// SPDX-License-Identifier: GPL-2.0
#include "daemon/aurora/train.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace liteflow::aurora {

void advantages(const std::vector<double> &rewards, const std::vector<double> &values, double discount, double lambda,
                float *advantage, float *target) {
  const double scale = 1 - discount;
  double sum = 0;
  for (std::size_t i = rewards.size(); i-- > 0;) {
    const double error = scale * rewards[i] + discount * values[i + 1] - values[i];
    sum = error + discount * lambda * sum;
    advantage[i] = static_cast<float>(sum);
    target[i] = static_cast<float>(sum + values[i]);
  }
}

namespace {

// Consecutive decisions of one flow in a rollout. The last may still wait for
// its reward: then rows is one longer than rewards.
struct Chain {
  std::size_t environment = 0;
  std::vector<std::size_t> rows;
  std::vector<double> rewards;
  std::vector<char> usable;
  std::vector<float> after;  // the critic's inputs behind the last reward

  bool waits() const { return rows.size() > rewards.size(); }
};

class Trainer {
 public:
  explicit Trainer(const TrainOptions &o) : options_(o), learner_(learner_options(o)), rng_(o.seed * 7919 + 13) {
    for (std::size_t i = 0; i < o.environments; i++)
      environments_.emplace_back(o.seed * 1'000'003 + i * 7717 + 1, o.environment);
    inputs_ = environments_.front().inputs();
    critic_inputs_ = environments_.front().critic_inputs();
    open_.resize(o.environments);
    objective_.assign(o.environments, 0);
  }

  CurvePoint update(std::size_t number, std::size_t updates, std::atomic<std::uint64_t> &done) {
    const double progress = static_cast<double>(number) / static_cast<double>(updates);
    learner_.set_learning_rate(options_.learning_rate * (1 - 0.9 * progress));
    learner_.set_entropy(options_.entropy + (options_.entropy_last - options_.entropy) * progress);
    set_objectives(number, updates);
    roll_out(done);
    CurvePoint point = judge();
    UpdateOptions how;
    how.epochs = options_.epochs;
    how.minibatch = options_.minibatch;
    point.kl = learner_.update(samples_, how).kl;
    // Exploration ends near the sigma that ships: what is learnt must hold there.
    learner_.set_sigma(std::min(learner_.sigma(), sigma_cap(progress)));
    point.sigma = learner_.sigma();
    return point;
  }

  std::string model() const { return learner_.save(); }

 private:
  static LearnerOptions learner_options(const TrainOptions &o) {
    LearnerOptions l;
    l.shape = o.shape;
    l.seed = o.seed;
    l.critic_inputs = kCriticInputs + o.shape.weights;
    l.learning_rate = o.learning_rate;
    l.sigma = o.sigma;
    l.sigma_min = o.sigma_min;
    return l;
  }

  double sigma_cap(double progress) const {
    return options_.sigma * std::pow(options_.sigma_min * 1.5 / options_.sigma, progress);
  }

  void set_objectives(std::size_t number, std::size_t updates) {
    if (options_.objectives.empty()) return;
    objective_ = options_.curriculum(number, updates, options_.environments, rng_);
    for (std::size_t e = 0; e < options_.environments; e++)
      environments_[e].set_weights(options_.objectives[objective_[e]]);
  }

  // Fill states_, critic_states_ and so on step-major (row = step * environments
  // + environment), and chains_ with what came of each decision.
  void roll_out(std::atomic<std::uint64_t> &done) {
    const std::size_t n = options_.environments, rows = n * options_.horizon;
    states_.resize(rows * inputs_);
    critic_states_.resize(rows * critic_inputs_);
    actions_.resize(rows);
    means_.resize(rows);
    chains_.clear();
    for (std::size_t t = 0; t < options_.horizon; t++) {
      step_all(t * n);
      done.fetch_add(n, std::memory_order_relaxed);
    }
    for (std::size_t e = 0; e < n; e++) close_all(e);
  }

  void step_all(std::size_t row) {
    const std::size_t n = options_.environments;
    const double sigma = learner_.sigma();
    for (std::size_t e = 0; e < n; e++) {
      std::copy_n(environments_[e].state(), inputs_, &states_[(row + e) * inputs_]);
      environments_[e].critic_state(&critic_states_[(row + e) * critic_inputs_]);
    }
    learner_.mean(&states_[row * inputs_], n, &means_[row]);
    for (std::size_t e = 0; e < n; e++) {
      const double mean = means_[row + e], action = mean + sigma * rng_.normal();
      actions_[row + e] = static_cast<float>(action);
      step(environments_[e], e, row + e, mean, action, sigma);
    }
  }

  void step(Environment &environment, std::size_t e, std::size_t row, double mean, double action, double sigma) {
    open_[e][environment.flow()].rows.push_back(row);
    const Environment::Step s = environment.step(mean, action, sigma);
    Chain &chain = open_[e][environment.flow()];
    // A decision of the rollout before waits no more: it left with its policy.
    if (s.known && chain.waits()) {
      chain.rewards.push_back(s.reward);
      chain.usable.push_back(s.usable);
    }
    if (!s.ended) return;
    close_all(e);
    environment.reset();
  }

  void close_all(std::size_t e) {
    for (std::size_t f = 0; f < kMostFlows; f++) {
      Chain chain = std::move(open_[e][f]);
      open_[e][f] = Chain{};
      if (chain.rewards.empty()) continue;
      chain.environment = e;
      chain.after.resize(critic_inputs_);
      if (chain.waits()) {
        std::copy_n(&critic_states_[chain.rows.back() * critic_inputs_], critic_inputs_, chain.after.data());
        chain.rows.pop_back();
      } else {
        environments_[e].critic_state(chain.after.data());
      }
      chains_.push_back(std::move(chain));
    }
  }

  std::vector<float> values_behind() const {
    std::vector<float> inputs, values(chains_.size());
    for (const Chain &c : chains_) inputs.insert(inputs.end(), c.after.begin(), c.after.end());
    learner_.value(inputs.data(), chains_.size(), values.data());
    return values;
  }

  // samples_ from the chains, and what they came to.
  CurvePoint judge() {
    CurvePoint point;
    std::vector<float> values(means_.size());
    learner_.value(critic_states_.data(), values.size(), values.data());
    const std::vector<float> behind = values_behind();
    samples_ = Samples{};
    std::map<std::size_t, std::pair<double, std::size_t>> sums;
    for (std::size_t c = 0; c < chains_.size(); c++) {
      const Chain &chain = chains_[c];
      take(chain, values, behind[c]);
      auto &[sum, count] = sums[objective_[chain.environment]];
      for (const double r : chain.rewards) sum += r;
      count += chain.rewards.size();
    }
    double all = 0;
    for (const auto &[objective, entry] : sums) {
      all += entry.first;
      if (!options_.objectives.empty()) point.objectives[objective] = entry.first / static_cast<double>(entry.second);
    }
    point.reward = samples_.rows ? all / static_cast<double>(samples_.rows) : 0;
    return point;
  }

  void take(const Chain &chain, const std::vector<float> &values, double behind) {
    const std::size_t n = chain.rows.size();
    std::vector<double> rewards(n), v(n + 1);
    std::vector<float> advantage(n), target(n);
    for (std::size_t i = 0; i < n; i++) {
      rewards[i] = chain.rewards[i] - options_.smoothness * std::abs(actions_[chain.rows[i]]);
      v[i] = values[chain.rows[i]];
    }
    v[n] = behind;
    advantages(rewards, v, options_.discount, options_.lambda, advantage.data(), target.data());
    Samples &s = samples_;
    for (std::size_t i = 0; i < n; i++) {
      const std::size_t row = chain.rows[i];
      const auto state = states_.begin() + static_cast<std::ptrdiff_t>(row * inputs_);
      const auto critic = critic_states_.begin() + static_cast<std::ptrdiff_t>(row * critic_inputs_);
      s.states.insert(s.states.end(), state, state + static_cast<std::ptrdiff_t>(inputs_));
      s.critic_states.insert(s.critic_states.end(), critic, critic + static_cast<std::ptrdiff_t>(critic_inputs_));
      s.actions.push_back(actions_[row]);
      s.means.push_back(means_[row]);
      s.advantages.push_back(chain.usable[i] ? advantage[i] : 0);
      s.targets.push_back(target[i]);
      s.groups.push_back(objective_[chain.environment]);
    }
    s.rows += n;
    s.sigmas.resize(s.rows, static_cast<float>(learner_.sigma()));
  }

  TrainOptions options_;
  Learner learner_;
  Rng rng_;
  std::vector<Environment> environments_;
  std::vector<std::array<Chain, kMostFlows>> open_;  // by environment and flow
  std::vector<Chain> chains_;
  std::vector<std::size_t> objective_;  // of each environment in this update
  std::size_t inputs_ = 0, critic_inputs_ = 0;
  std::vector<float> states_, critic_states_, actions_, means_;
  Samples samples_;
};

}  // namespace

Trained train(const TrainOptions &options, std::atomic<std::uint64_t> &done) {
  Trainer trainer(options);
  Trained result;
  const std::uint64_t per_update = options.environments * options.horizon;
  const std::uint64_t updates = std::max<std::uint64_t>(1, options.steps / per_update);
  for (std::uint64_t i = 0; i < updates; i++) {
    CurvePoint point = trainer.update(i, updates, done);
    point.step = (i + 1) * per_update;
    result.curve.push_back(std::move(point));
  }
  result.model = trainer.model();
  return result;
}

}  // namespace liteflow::aurora
