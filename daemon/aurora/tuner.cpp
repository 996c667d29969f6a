// SPDX-License-Identifier: GPL-2.0
#include "daemon/aurora/tuner.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "codegen/error.h"
#include "daemon/aurora/records.h"
#include "daemon/aurora/settings.h"
#include "daemon/aurora/train.h"
#include "daemon/aurora/window.h"
#include "daemon/training/file.h"
#include "daemon/training/rng.h"
#include "daemon/training/script.h"

namespace liteflow::aurora {
namespace {

// Objectives whose transitions are kept; the longest unseen is forgotten beyond.
constexpr std::size_t kObjectives = 64;

LearnerOptions learner_options(const TunerKind &kind, const Settings &s, std::uint64_t seed) {
  LearnerOptions o;
  o.shape = kind.shape;
  o.seed = seed;
  o.critic_inputs = kCriticInputs + kind.shape.weights;
  o.learning_rate = s.learning_rate;
  o.critic_rate = s.critic_rate;
  o.clip = s.clip;
  return o;
}

FlowTable::Options table_options(const TunerKind &kind, const Settings &s) {
  FlowTable::Options o;
  o.app = kind.app;
  o.objectives = kind.objectives();
  o.weights = {s.throughput, s.latency, s.loss};
  o.capacity_window = s.capacity_window;
  return o;
}

// What is known of one objective.
struct Known {
  Window window;
  std::size_t fresh = 0;    // rows since the last update
  std::uint64_t seen = 0;   // number of the last batch that had it
};

class Tuner : public Adapter {
 public:
  Tuner(TunerKind kind, const AdapterOptions &o)
      : kind_(std::move(kind)), settings_(settings_of(o.values, kind_.name, kind_.objectives())),
        learner_(learner_options(kind_, settings_, o.seed)), origin_(learner_options(kind_, settings_, o.seed)),
        flows_(table_options(kind_, settings_)), rng_(o.seed) {
    use_one_thread();
    const std::string model = read_model(o.model, kind_.name);
    learner_.load(model, o.model);
    origin_.load(model, o.model);
  }

  std::string freeze() override { return learner_.save(); }

  Evaluation evaluate(const Matrix &inputs) override {
    if (inputs.rows && inputs.columns != kind_.shape.inputs())
      throw Error(fmt::format("{}: {} inputs per row, expected {}", kind_.name, inputs.columns, kind_.shape.inputs()));
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
    batches_++;
    for (Segment &s : flows_.take(batch)) {
      used += s.rows();
      for (const double r : s.rewards) sum += r;
      keep(std::move(s));
    }
    forget();
    if (used) {
      const double mean = sum / static_cast<double>(used);
      // A plain mean at first, so that the value starts where the rewards are.
      const double weight = std::max(settings_.smoothing, 1.0 / static_cast<double>(++useful_));
      reward_ += weight * (mean - reward_);
    }
    fresh_ += used;
    seen_ += used;
    if (fresh_ >= static_cast<std::size_t>(settings_.update_every)) update();
    return used;
  }

  Matrix inputs(const Batch &batch) const override {
    const auto records = parse_records(batch, kind_.app);
    std::vector<float> values;
    for (const lf_cc_record &r : records) append_inputs(values, r, kind_.objectives());
    Matrix m(records.size(), kind_.shape.inputs());
    std::copy(values.begin(), values.end(), m.values.begin());
    return m;
  }

  double sigma() const override { return settings_.sigma; }

 private:
  using Windows = std::vector<const Window *>;

  void keep(Segment &&segment);
  void forget();
  Windows with_news() const;
  void add_replay(Windows &windows);
  Samples samples(const Windows &windows) const;
  void judge(const Segment &segment, std::size_t group, Samples &all) const;
  Samples explored_rows(const Samples &all, const Windows &windows) const;
  double drift(const Samples &explored, std::size_t rows) const;
  void weigh(Samples &explored, const std::vector<float> &means, std::size_t current) const;
  void move_policy(Samples &explored, std::size_t current);
  void update();

  TunerKind kind_;
  Settings settings_;
  Learner learner_, origin_;  // as tuned, as loaded
  FlowTable flows_;
  Rng rng_;
  std::map<Objective, Known> known_;
  std::size_t fresh_ = 0, seen_ = 0, useful_ = 0;
  std::uint64_t batches_ = 0;
  double reward_ = 0;
};

template <typename T>
void append(std::vector<T> &to, const std::vector<T> &from) {
  to.insert(to.end(), from.begin(), from.end());
}

void Tuner::keep(Segment &&segment) {
  Known &k = known_[segment.objective];
  k.fresh += segment.rows();
  k.seen = batches_;
  k.window.add(std::move(segment), static_cast<std::size_t>(settings_.window));
}

void Tuner::forget() {
  while (known_.size() > kObjectives)
    known_.erase(std::min_element(known_.begin(), known_.end(), [](const auto &a, const auto &b) {
      return a.second.seen < b.second.seen;
    }));
}

Tuner::Windows Tuner::with_news() const {
  Windows found;
  for (const auto &[objective, known] : known_)
    if (known.fresh) found.push_back(&known.window);
  return found;
}

// One of the objectives seen before that have nothing new, if there is any.
void Tuner::add_replay(Windows &windows) {
  Windows earlier;
  for (const auto &[objective, known] : known_)
    if (!known.fresh && known.window.rows()) earlier.push_back(&known.window);
  if (!earlier.empty()) windows.push_back(earlier[rng_.below(earlier.size())]);
}

// Values, advantages and targets of a segment, with the critic as it is now.
void Tuner::judge(const Segment &s, std::size_t group, Samples &all) const {
  const std::size_t n = s.rows(), width = s.critic_states.size() / (n + 1);
  std::vector<float> raw(n + 1);
  learner_.value(s.critic_states.data(), n + 1, raw.data());
  const std::vector<double> values(raw.begin(), raw.end());
  std::vector<float> advantage(n), target(n);
  // The sum is cut behind the segment, but what follows keeps its value.
  advantages(s.rewards, values, settings_.discount, settings_.lambda, advantage.data(), target.data());
  append(all.states, s.states);
  all.critic_states.insert(all.critic_states.end(), s.critic_states.begin(),
                           s.critic_states.begin() + static_cast<std::ptrdiff_t>(n * width));
  append(all.actions, s.actions);
  append(all.means, s.means);
  append(all.sigmas, s.sigmas);
  append(all.advantages, advantage);
  append(all.targets, target);
  all.groups.insert(all.groups.end(), n, group);
  all.rows += n;
}

Samples Tuner::samples(const Windows &windows) const {
  Samples all;
  for (std::size_t g = 0; g < windows.size(); g++)
    for (const Segment &s : windows[g]->segments()) judge(s, g, all);
  return all;
}

// Rows that the policy may learn from.
Samples Tuner::explored_rows(const Samples &all, const Windows &windows) const {
  Samples out;
  const auto copy_row = [](const std::vector<float> &from, std::size_t row, std::size_t width, std::vector<float> &to) {
    const auto at = from.begin() + static_cast<std::ptrdiff_t>(row * width);
    to.insert(to.end(), at, at + static_cast<std::ptrdiff_t>(width));
  };
  const std::size_t inputs = kind_.shape.inputs(), critic_inputs = kCriticInputs + kind_.shape.weights;
  std::size_t row = 0;
  for (const Window *w : windows)
    for (const Segment &s : w->segments())
      for (std::size_t i = 0; i < s.rows(); i++, row++) {
        if (!s.explored[i]) continue;
        copy_row(all.states, row, inputs, out.states);
        copy_row(all.critic_states, row, critic_inputs, out.critic_states);
        out.actions.push_back(all.actions[row]);
        out.means.push_back(all.means[row]);
        out.sigmas.push_back(all.sigmas[row]);
        out.advantages.push_back(all.advantages[row]);
        out.targets.push_back(all.targets[row]);
        out.groups.push_back(all.groups[row]);
        out.holds.push_back(static_cast<float>(settings_.anchor) * s.fullness[i]);
        out.rows++;
      }
  return out;
}

// Mean KL divergence between the policies that recorded the first rows and the
// current one.
double Tuner::drift(const Samples &s, std::size_t rows) const {
  std::vector<float> means(rows);
  learner_.mean(s.states.data(), rows, means.data());
  double sum = 0;
  for (std::size_t i = 0; i < rows; i++) {
    const double z = (means[i] - s.means[i]) / std::max(s.sigmas[i], 1e-3F);
    sum += z * z / 2;
  }
  return rows ? sum / static_cast<double>(rows) : 0;
}

void Tuner::update() {
  fresh_ = 0;
  Windows windows = with_news();
  const std::size_t current = windows.size();
  if (settings_.replay > 0) add_replay(windows);
  const Samples all = samples(windows);
  Samples explored = explored_rows(all, windows);
  for (auto &[objective, known] : known_) known.fresh = 0;
  UpdateOptions how;
  how.epochs = static_cast<std::size_t>(settings_.critic_epochs);
  how.minibatch = static_cast<std::size_t>(settings_.minibatch);
  how.policy = false;
  const UpdateResult critic = learner_.update(all, how);
  // A critic that explains nothing yet would push the policy at random.
  const bool ready = static_cast<double>(seen_) >= settings_.warm_up && critic.critic_loss < critic.target_variance;
  const auto rows = static_cast<std::size_t>(std::count_if(explored.groups.begin(), explored.groups.end(),
                                                           [&](std::size_t g) { return g < current; }));
  if (ready && rows >= static_cast<std::size_t>(settings_.update_every)) move_policy(explored, rows);
}

// Decoupled PPO: importance weights from the recorded policy to the current one
// (`means`) are constants (truncated at 2); the clip is around the current one,
// so that successive updates may go on from where the last one stopped. The
// replayed rows, those behind the first `current`, count for `replay` of the loss.
void Tuner::weigh(Samples &s, const std::vector<float> &means, std::size_t current) const {
  const std::size_t replayed = s.rows - current;
  const auto scale = [&](double share, std::size_t rows) {
    return share * static_cast<double>(s.rows) / static_cast<double>(rows);
  };
  s.weights.resize(s.rows);
  for (std::size_t i = 0; i < s.rows; i++) {
    const double old_z = (s.actions[i] - s.means[i]) / s.sigmas[i];
    const double new_z = (s.actions[i] - means[i]) / s.sigmas[i];
    const double part = !replayed     ? 1
                        : i < current ? scale(1 - settings_.replay, current)
                                      : scale(settings_.replay, replayed);
    s.weights[i] = static_cast<float>(part * std::min(2.0, std::exp((old_z * old_z - new_z * new_z) / 2)));
  }
}

void Tuner::move_policy(Samples &explored, std::size_t current) {
  const std::vector<float> before = learner_.parameters();
  const double old_drift = drift(explored, current);
  std::vector<float> means(explored.rows);
  learner_.mean(explored.states.data(), explored.rows, means.data());
  weigh(explored, means, current);
  std::swap(explored.means, means);
  UpdateOptions how;
  how.epochs = static_cast<std::size_t>(settings_.epochs);
  how.minibatch = static_cast<std::size_t>(settings_.minibatch);
  how.critic = false;
  how.train_sigma = false;
  how.max_kl = settings_.max_kl;
  explored.anchors.resize(explored.rows);
  origin_.mean(explored.states.data(), explored.rows, explored.anchors.data());
  const UpdateResult result = learner_.update(explored, how);
  std::swap(explored.means, means);
  const double new_drift = drift(explored, current);
  const bool bad = !std::isfinite(result.kl) || result.kl > 2 * settings_.max_kl || !std::isfinite(new_drift);
  if (bad || (new_drift > settings_.max_drift && new_drift > old_drift)) learner_.set_parameters(before);
}

}  // namespace

std::unique_ptr<Adapter> make_tuner(const TunerKind &kind, const AdapterOptions &options) {
  return std::make_unique<Tuner>(kind, options);
}

}  // namespace liteflow::aurora
