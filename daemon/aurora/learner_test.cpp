// SPDX-License-Identifier: GPL-2.0
#include "daemon/aurora/learner.h"

#include <gtest/gtest.h>

#include <cmath>

#include "codegen/error.h"
#include "daemon/aurora/flow.h"
#include "daemon/training/rng.h"
#include "daemon/training/script.h"

namespace liteflow::aurora {
namespace {

LearnerOptions options(std::uint64_t seed = 1) {
  LearnerOptions o;
  o.seed = seed;
  o.critic_inputs = kInputs;
  o.learning_rate = 3e-3;
  o.sigma = 1;
  return o;
}

std::vector<float> random_states(Rng &rng, std::size_t rows) {
  std::vector<float> s(rows * kInputs);
  for (std::size_t i = 0; i < s.size(); i++)
    s[i] = static_cast<float>(i % 3 ? 1 + std::abs(0.3 * rng.normal()) : 0.2 * rng.normal());
  return s;
}

double target_action(const float *state) { return 6 * state[27] - 4 * (state[28] - 1); }

// A bandit whose best action is linear in the last interval.
Samples play(Learner &learner, Rng &rng, std::size_t rows) {
  Samples s;
  s.rows = rows;
  s.states = random_states(rng, rows);
  s.critic_states = s.states;
  s.means.resize(rows);
  s.sigmas.assign(rows, static_cast<float>(learner.sigma()));
  learner.mean(s.states.data(), rows, s.means.data());
  std::vector<float> values(rows);
  learner.value(s.critic_states.data(), rows, values.data());
  for (std::size_t i = 0; i < rows; i++) {
    s.actions.push_back(static_cast<float>(s.means[i] + learner.sigma() * rng.normal()));
    const double miss = s.actions[i] - target_action(&s.states[i * kInputs]);
    s.targets.push_back(static_cast<float>(-miss * miss / 10));
    s.advantages.push_back(s.targets[i] - values[i]);
  }
  return s;
}

double miss_of(const Learner &learner, Rng &rng) {
  const std::size_t rows = 500;
  const auto states = random_states(rng, rows);
  std::vector<float> means(rows);
  learner.mean(states.data(), rows, means.data());
  double sum = 0;
  for (std::size_t i = 0; i < rows; i++) sum += std::abs(means[i] - target_action(&states[i * kInputs]));
  return sum / static_cast<double>(rows);
}

TEST(Learner, learns_a_trivial_environment) {
  Learner learner(options());
  Rng rng(4);
  const double before = miss_of(learner, rng);
  for (int i = 0; i < 60; i++) {
    const Samples s = play(learner, rng, 1024);
    UpdateOptions how;
    how.minibatch = 256;
    learner.update(s, how);
  }
  EXPECT_LT(miss_of(learner, rng), 0.25 * before);
  EXPECT_LT(learner.sigma(), 1.0);
}

TEST(Learner, the_same_seed_learns_the_same) {
  const auto run = [] {
    Learner learner(options(3));
    Rng rng(4);
    for (int i = 0; i < 3; i++) learner.update(play(learner, rng, 256), {});
    return learner.save();
  };
  EXPECT_EQ(run(), run());
}

TEST(Learner, export_and_import_agree_with_torch) {
  Learner learner(options(2));
  Rng rng(8);
  for (int i = 0; i < 5; i++) learner.update(play(learner, rng, 512), {});
  const std::string bytes = learner.save();
  const std::size_t rows = 200;
  const auto states = random_states(rng, rows);
  std::vector<float> ours(rows), loaded(rows);
  learner.mean(states.data(), rows, ours.data());
  const auto theirs = run_torchscript(bytes, states.data(), rows, kInputs);
  Learner other(options(99));
  other.load(bytes, "test");
  other.mean(states.data(), rows, loaded.data());
  ASSERT_EQ(theirs.size(), rows);
  for (std::size_t i = 0; i < rows; i++) {
    EXPECT_NEAR(ours[i], theirs[i], 2e-5 * (1 + std::abs(ours[i])));
    EXPECT_NEAR(loaded[i], theirs[i], 2e-5 * (1 + std::abs(ours[i])));
  }
}

TEST(Learner, the_critic_alone_leaves_the_policy) {
  Learner learner(options());
  Rng rng(4);
  const auto before = learner.parameters();
  UpdateOptions how;
  how.policy = false;
  const double first = learner.update(play(learner, rng, 512), how).critic_loss;
  double last = first;
  for (int i = 0; i < 20; i++) last = learner.update(play(learner, rng, 512), how).critic_loss;
  EXPECT_EQ(learner.parameters(), before);
  EXPECT_LT(last, first);
}

TEST(Learner, a_kl_bound_stops_the_epochs) {
  Learner learner(options());
  Rng rng(4);
  UpdateOptions how;
  how.epochs = 50;
  how.minibatch = 64;
  how.max_kl = 0.01;
  const UpdateResult r = learner.update(play(learner, rng, 512), how);
  EXPECT_LT(r.steps, 50U * 8U);
}

TEST(Learner, zero_weights_move_nothing) {
  Learner learner(options());
  Rng rng(4);
  const auto before = learner.parameters();
  Samples s = play(learner, rng, 256);
  s.weights.assign(256, 0);
  UpdateOptions how;
  how.train_sigma = false;
  learner.update(s, how);
  EXPECT_EQ(learner.parameters(), before);
}

// Where nothing speaks for any action, the policy goes to its anchor.
TEST(Learner, an_anchor_draws_the_policy) {
  Learner learner(options());
  Rng rng(4);
  Samples s = play(learner, rng, 512);
  s.advantages.assign(s.rows, 0);
  for (const float mean : s.means) s.anchors.push_back(mean + 1);
  s.holds.assign(s.rows, 1);
  UpdateOptions how;
  how.train_sigma = false;
  for (int i = 0; i < 200; i++) learner.update(s, how);
  std::vector<float> means(s.rows);
  learner.mean(s.states.data(), s.rows, means.data());
  double off = 0;
  for (std::size_t i = 0; i < s.rows; i++) off += std::abs(means[i] - s.anchors[i]) / static_cast<double>(s.rows);
  EXPECT_LT(off, 0.1);
}

TEST(Learner, parameters_can_be_put_back) {
  Learner learner(options());
  Rng rng(4);
  const auto before = learner.parameters();
  const std::string model = learner.save();
  learner.update(play(learner, rng, 512), {});
  EXPECT_NE(learner.parameters(), before);
  learner.set_parameters(before);
  EXPECT_EQ(learner.save(), model);
}

TEST(Learner, a_preference_is_learnt_exported_and_imported) {
  LearnerOptions o = options(2);
  o.shape = kMoccShape;
  o.critic_inputs = kMoccShape.inputs();
  Learner learner(o);
  Rng rng(8);
  const std::size_t rows = 512, width = kMoccShape.inputs();
  const auto draw = [&] {
    const auto history = random_states(rng, rows);
    std::vector<float> states;
    for (std::size_t i = 0; i < rows; i++) {
      const double w = rng.uniform(0.1, 0.8), l = rng.uniform(0.1, 0.9 - w);
      for (const double v : {w, l, 1 - w - l}) states.push_back(static_cast<float>(v));
      states.insert(states.end(), history.begin() + static_cast<std::ptrdiff_t>(i * kInputs),
                    history.begin() + static_cast<std::ptrdiff_t>((i + 1) * kInputs));
    }
    return states;
  };
  // The best action is 8 x (first weight - 0.4), whatever the history.
  const auto miss = [&] {
    const auto states = draw();
    std::vector<float> means(rows);
    learner.mean(states.data(), rows, means.data());
    double sum = 0;
    for (std::size_t i = 0; i < rows; i++) sum += std::abs(means[i] - 8 * (states[i * width] - 0.4));
    return sum / rows;
  };
  const double before = miss();
  for (int i = 0; i < 60; i++) {
    Samples s;
    s.rows = rows;
    s.states = draw();
    s.critic_states = s.states;
    s.means.resize(rows);
    s.sigmas.assign(rows, static_cast<float>(learner.sigma()));
    learner.mean(s.states.data(), rows, s.means.data());
    for (std::size_t r = 0; r < rows; r++) {
      s.actions.push_back(static_cast<float>(s.means[r] + learner.sigma() * rng.normal()));
      const double away = s.actions[r] - 8 * (s.states[r * width] - 0.4);
      s.targets.push_back(static_cast<float>(-away * away / 10));
      s.advantages.push_back(s.targets[r]);
    }
    UpdateOptions how;
    how.minibatch = 128;
    learner.update(s, how);
  }
  EXPECT_LT(miss(), 0.4 * before);
  const std::string bytes = learner.save();
  const auto states = draw();
  std::vector<float> ours(rows), loaded(rows);
  learner.mean(states.data(), rows, ours.data());
  const auto theirs = run_torchscript(bytes, states.data(), rows, width);
  o.seed = 99;
  Learner other(o);
  other.load(bytes, "test");
  other.mean(states.data(), rows, loaded.data());
  ASSERT_EQ(theirs.size(), rows);
  for (std::size_t i = 0; i < rows; i++) {
    EXPECT_NEAR(ours[i], theirs[i], 5e-5 * (1 + std::abs(ours[i])));
    EXPECT_NEAR(loaded[i], theirs[i], 5e-5 * (1 + std::abs(ours[i])));
  }
  Learner plain(options());
  EXPECT_THROW(plain.load(bytes, "mocc.pt"), Error);
  EXPECT_THROW(other.load(plain.save(), "aurora.pt"), Error);
}

TEST(Learner, advantages_count_within_their_group) {
  // The same two learners but for the scale of one group's advantages: equal.
  const auto run = [](float scale) {
    Learner learner(options());
    Rng rng(4);
    Samples s = play(learner, rng, 256);
    for (std::size_t i = 0; i < s.rows; i++) {
      s.groups.push_back(i % 2);
      if (i % 2) s.advantages[i] *= scale;
    }
    UpdateOptions how;
    how.critic = false;
    learner.update(s, how);
    return learner.parameters();
  };
  const auto one = run(1), sixteen = run(16);
  for (std::size_t i = 0; i < one.size(); i++) ASSERT_NEAR(one[i], sixteen[i], 1e-4);
}

TEST(Learner, what_is_no_model_is_refused_by_name) {
  Learner learner(options());
  for (const std::string &bytes : {std::string(), std::string("not a model"), learner.save().substr(0, 4000)}) {
    try {
      learner.load(bytes, "bad.pt");
      FAIL() << "accepted";
    } catch (const Error &e) {
      EXPECT_EQ(std::string(e.what()).find("bad.pt: "), 0U) << e.what();
      EXPECT_EQ(std::string(e.what()).find('\n'), std::string::npos);
    }
  }
}

}  // namespace
}  // namespace liteflow::aurora
