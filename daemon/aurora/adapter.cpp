// SPDX-License-Identifier: GPL-2.0
#include "daemon/aurora/adapter.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>
#include <fstream>
#include <limits>
#include <sstream>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "codegen/error.h"
#include "daemon/aurora/learner.h"
#include "daemon/aurora/records.h"
#include "daemon/aurora/train.h"

namespace liteflow {
namespace {

using namespace aurora;

struct Settings {
  double learning_rate = 3e-4, critic_rate = 1e-3, epochs = 2, critic_epochs = 8, minibatch = 512, window = 4096,
         update_every = 256, warm_up = 4096;
  double discount = 0.95, lambda = 0.9, clip = 0.2, max_kl = 0.03, max_drift = 1.0, smoothing = 0.05;
  double sigma = kShippedSigma, throughput = RewardWeights{}.throughput, latency = RewardWeights{}.latency,
         loss = RewardWeights{}.loss, capacity_window = 10;
};

struct Key {
  const char *name;
  double Settings::*value;
  double least, most;
  const char *meaning;
};

constexpr std::array<Key, 19> kKeys = {{
    {"learning_rate", &Settings::learning_rate, 1e-7, 0.1, "Adam step of the policy"},
    {"critic_rate", &Settings::critic_rate, 1e-7, 0.1, "Adam step of the critic"},
    {"epochs", &Settings::epochs, 1, 100, "policy's passes over the window per update"},
    {"critic_epochs", &Settings::critic_epochs, 1, 100, "critic's passes over the window per update"},
    {"minibatch", &Settings::minibatch, 1, 1e6, "transitions per gradient step"},
    {"window", &Settings::window, 16, 1e6, "transitions kept to learn from"},
    {"update_every", &Settings::update_every, 1, 1e6, "new transitions before an update"},
    {"warm_up", &Settings::warm_up, 0, 1e9, "transitions that only the critic learns from"},
    {"discount", &Settings::discount, 0, 0.9999, "of the reward, per interval"},
    {"lambda", &Settings::lambda, 0, 1, "of generalised advantage estimation"},
    {"clip", &Settings::clip, 0.01, 1, "PPO's bound on the probability ratio"},
    {"max_kl", &Settings::max_kl, 1e-6, 10, "largest change of the policy per update, nats"},
    {"max_drift", &Settings::max_drift, 1e-6, 100, "largest distance from the serving snapshot, nats"},
    {"smoothing", &Settings::smoothing, 1e-4, 1, "weight of a new batch in the stability value"},
    {"sigma", &Settings::sigma, 0, 8, "exploration in action units (2.5 % of the rate each)"},
    {"throughput", &Settings::throughput, 1e-6, 1e6, "reward weight of delivered rate / capacity"},
    {"latency", &Settings::latency, 0, 1e6, "reward weight of base RTT / RTT"},
    {"loss", &Settings::loss, 0, 1e6, "reward weight of the share not lost"},
    {"capacity_window", &Settings::capacity_window, 0.1, 3600, "seconds of the capacity estimate"},
}};

double number(const std::string &key, const std::string &text) {
  std::size_t used = 0;
  double v = std::numeric_limits<double>::quiet_NaN();
  try {
    v = std::stod(text, &used);
  } catch (const std::logic_error &) {
  }
  if (used != text.size() || !std::isfinite(v))
    throw Error(fmt::format("aurora: {} = {}: not a number", key, text));
  return v;
}

Settings settings_of(const std::map<std::string, std::string> &values) {
  Settings s;
  for (const auto &[name, text] : values) {
    const auto key = std::find_if(kKeys.begin(), kKeys.end(), [&](const Key &k) { return name == k.name; });
    if (key == kKeys.end())
      throw Error(fmt::format("aurora: unknown key \"{}\"; known keys:\n{}", name, aurora_adapter_keys()));
    const double v = number(name, text);
    if (v < key->least || v > key->most)
      throw Error(fmt::format("aurora: {} = {}: must lie in [{}, {}]", name, text, key->least, key->most));
    s.*(key->value) = v;
  }
  return s;
}

std::string read_model(const std::string &path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw Error(path + ": cannot read the model; make one by liteflowd pretrain aurora");
  std::ostringstream bytes;
  bytes << in.rdbuf();
  return bytes.str();
}

LearnerOptions learner_options(const Settings &s, std::uint64_t seed) {
  LearnerOptions o;
  o.seed = seed;
  o.critic_inputs = kCriticInputs;
  o.learning_rate = s.learning_rate;
  o.critic_rate = s.critic_rate;
  o.clip = s.clip;
  return o;
}

FlowTable::Options table_options(const Settings &s) {
  FlowTable::Options o;
  o.weights = {s.throughput, s.latency, s.loss};
  o.capacity_window = s.capacity_window;
  return o;
}

class AuroraAdapter : public Adapter {
 public:
  explicit AuroraAdapter(const AdapterOptions &o)
      : settings_(settings_of(o.values)), learner_(learner_options(settings_, o.seed)), flows_(table_options(settings_)) {
    use_one_thread();
    learner_.load(read_model(o.model), o.model);
  }

  std::string freeze() override { return learner_.save(); }

  Evaluation evaluate(const Matrix &inputs) override {
    if (inputs.rows && inputs.columns != kInputs)
      throw Error(fmt::format("aurora: {} inputs per row, expected {}", inputs.columns, kInputs));
    Evaluation e;
    e.stability = reward_;
    e.outputs = Matrix(inputs.rows, 1);
    const std::vector<float> states(inputs.values.begin(), inputs.values.end());
    std::vector<float> means(inputs.rows);
    if (inputs.rows) learner_.mean(states.data(), inputs.rows, means.data());
    std::copy(means.begin(), means.end(), e.outputs.values.begin());
    return e;
  }

  std::size_t adapt(const Batch &batch) override {
    std::size_t used = 0;
    double sum = 0;
    for (Segment &s : flows_.take(batch)) {
      used += s.rows();
      for (const double r : s.rewards) sum += r;
      rows_ += s.rows();
      window_.push_back(std::move(s));
    }
    while (window_.size() > 1 && rows_ - window_.front().rows() >= static_cast<std::size_t>(settings_.window)) {
      rows_ -= window_.front().rows();
      window_.pop_front();
    }
    if (used) {
      const double mean = sum / static_cast<double>(used);
      // A plain mean at first, so that the value starts where the rewards are.
      const double weight = std::max(settings_.smoothing, 1.0 / static_cast<double>(++batches_));
      reward_ += weight * (mean - reward_);
    }
    fresh_ += used;
    seen_ += used;
    if (fresh_ >= static_cast<std::size_t>(settings_.update_every)) update();
    return used;
  }

  Matrix inputs(const Batch &batch) const override {
    const auto records = parse_records(batch);
    Matrix m(records.size(), kInputs);
    for (std::size_t r = 0; r < m.rows; r++)
      for (std::size_t c = 0; c < kInputs; c++) m(r, c) = from_q16(records[r].state[c]);
    return m;
  }

  double sigma() const override { return settings_.sigma; }

 private:
  void update();
  void move_policy(Samples &explored);
  Samples samples();
  void judge(const Segment &segment, Samples &all) const;
  double drift(const Samples &explored) const;

  Settings settings_;
  Learner learner_;
  FlowTable flows_;
  std::deque<Segment> window_;
  std::size_t rows_ = 0, fresh_ = 0, seen_ = 0, batches_ = 0;
  double reward_ = 0;
};

template <typename T>
void append(std::vector<T> &to, const std::vector<T> &from) {
  to.insert(to.end(), from.begin(), from.end());
}

// Values, advantages and targets of a segment, with the critic as it is now.
void AuroraAdapter::judge(const Segment &s, Samples &all) const {
  const std::size_t n = s.rows();
  std::vector<float> raw(n + 1);
  learner_.value(s.critic_states.data(), n + 1, raw.data());
  const std::vector<double> values(raw.begin(), raw.end());
  std::vector<float> advantage(n), target(n);
  // The sum is cut behind the segment, but what follows keeps its value.
  advantages(s.rewards, values, std::vector<char>(n, 0), settings_.discount, settings_.lambda, advantage.data(),
             target.data());
  append(all.states, s.states);
  all.critic_states.insert(all.critic_states.end(), s.critic_states.begin(),
                           s.critic_states.begin() + static_cast<std::ptrdiff_t>(n * kCriticInputs));
  append(all.actions, s.actions);
  append(all.means, s.means);
  append(all.sigmas, s.sigmas);
  append(all.advantages, advantage);
  append(all.targets, target);
  all.rows += n;
}

Samples AuroraAdapter::samples() {
  Samples all;
  for (const Segment &s : window_) judge(s, all);
  return all;
}

// Rows that the policy may learn from.
Samples explored_rows(const Samples &all, const std::deque<Segment> &window) {
  Samples out;
  std::size_t row = 0;
  for (const Segment &s : window)
    for (std::size_t i = 0; i < s.rows(); i++, row++) {
      if (!s.explored[i]) continue;
      const auto at = static_cast<std::ptrdiff_t>(row);
      out.states.insert(out.states.end(), all.states.begin() + at * static_cast<std::ptrdiff_t>(kInputs),
                        all.states.begin() + (at + 1) * static_cast<std::ptrdiff_t>(kInputs));
      out.critic_states.insert(out.critic_states.end(),
                               all.critic_states.begin() + at * static_cast<std::ptrdiff_t>(kCriticInputs),
                               all.critic_states.begin() + (at + 1) * static_cast<std::ptrdiff_t>(kCriticInputs));
      out.actions.push_back(all.actions[row]);
      out.means.push_back(all.means[row]);
      out.sigmas.push_back(all.sigmas[row]);
      out.advantages.push_back(all.advantages[row]);
      out.targets.push_back(all.targets[row]);
      out.rows++;
    }
  return out;
}

// Mean KL divergence between the policies that recorded and the current one.
double AuroraAdapter::drift(const Samples &s) const {
  std::vector<float> means(s.rows);
  learner_.mean(s.states.data(), s.rows, means.data());
  double sum = 0;
  for (std::size_t i = 0; i < s.rows; i++) {
    const double z = (means[i] - s.means[i]) / std::max(s.sigmas[i], 1e-3F);
    sum += z * z / 2;
  }
  return s.rows ? sum / static_cast<double>(s.rows) : 0;
}

void AuroraAdapter::update() {
  fresh_ = 0;
  const Samples all = samples();
  UpdateOptions how;
  how.epochs = static_cast<std::size_t>(settings_.critic_epochs);
  how.minibatch = static_cast<std::size_t>(settings_.minibatch);
  how.policy = false;
  const UpdateResult critic = learner_.update(all, how);
  // A critic that explains nothing yet would push the policy at random.
  const bool ready = static_cast<double>(seen_) >= settings_.warm_up && critic.critic_loss < critic.target_variance;
  Samples explored = explored_rows(all, window_);
  if (ready && explored.rows >= static_cast<std::size_t>(settings_.update_every)) move_policy(explored);
}

void AuroraAdapter::move_policy(Samples &explored) {
  // Decoupled PPO: importance weights from the recorded policy to the current
  // one are constants (truncated at 2); the clip is around the current one, so
  // that successive updates may go on from where the last one stopped.
  const std::vector<float> before = learner_.parameters();
  const double old_drift = drift(explored);
  std::vector<float> means(explored.rows);
  learner_.mean(explored.states.data(), explored.rows, means.data());
  explored.weights.resize(explored.rows);
  for (std::size_t i = 0; i < explored.rows; i++) {
    const double old_z = (explored.actions[i] - explored.means[i]) / explored.sigmas[i];
    const double new_z = (explored.actions[i] - means[i]) / explored.sigmas[i];
    explored.weights[i] = static_cast<float>(std::min(2.0, std::exp((old_z * old_z - new_z * new_z) / 2)));
  }
  std::swap(explored.means, means);
  UpdateOptions how;
  how.epochs = static_cast<std::size_t>(settings_.epochs);
  how.minibatch = static_cast<std::size_t>(settings_.minibatch);
  how.critic = false;
  how.train_sigma = false;
  how.max_kl = settings_.max_kl;
  const UpdateResult result = learner_.update(explored, how);
  std::swap(explored.means, means);
  const double new_drift = drift(explored);
  const bool bad = !std::isfinite(result.kl) || result.kl > 2 * settings_.max_kl || !std::isfinite(new_drift);
  if (bad || (new_drift > settings_.max_drift && new_drift > old_drift)) learner_.set_parameters(before);
}

}  // namespace

std::unique_ptr<Adapter> make_aurora_adapter(const AdapterOptions &options) {
  return std::make_unique<AuroraAdapter>(options);
}

std::string aurora_adapter_keys() {
  const Settings defaults;
  std::string text;
  for (const Key &k : kKeys)
    text += fmt::format("  {} = {}  {}, in [{}, {}]\n", k.name, defaults.*(k.value), k.meaning, k.least, k.most);
  return text;
}

}  // namespace liteflow
