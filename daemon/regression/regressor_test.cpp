// SPDX-License-Identifier: GPL-2.0
#include "daemon/regression/regressor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "codegen/error.h"
#include "daemon/regression/test_function.h"
#include "daemon/training/script.h"

namespace liteflow::regression {
namespace {

double mean_error(const Regressor &regressor, const Rows &rows) {
  const auto answers = regressor.predict(rows.features);
  double sum = 0;
  for (std::size_t i = 0; i < rows.size(); i++) sum += std::abs(answers[i] - rows.labels[i]);
  return sum / static_cast<double>(rows.size());
}

void teach(Regressor &regressor, const Rows &rows, int passes) {
  for (int i = 0; i < passes; i++) regressor.learn(rows, 128);
}

TEST(Regressor, learns_a_known_function) {
  const Rows training = rows_of_function(4000, 1), unseen = rows_of_function(1000, 2);
  Regressor regressor(test_subject(), {});
  const double before = mean_error(regressor, unseen);
  teach(regressor, training, 60);
  EXPECT_LT(mean_error(regressor, unseen), 0.4);
  EXPECT_GT(before, 2);
}

// One label in twenty is 15 halvings off, as a tail is.
TEST(Regressor, a_heavy_tail_does_not_rule) {
  Rows training = rows_of_function(4000, 1);
  for (std::size_t i = 0; i < training.size(); i += 20) training.labels[i] += 15;
  const Rows unseen = rows_of_function(1000, 2);
  const auto error_with = [&](double delta) {
    Regressor regressor(test_subject(), {.delta = delta});
    teach(regressor, training, 60);
    return mean_error(regressor, unseen);
  };
  const double huber = error_with(1), squared = error_with(100);
  EXPECT_LT(huber, 0.6);
  EXPECT_LT(huber, 0.75 * squared);
}

TEST(Regressor, a_row_counts_by_its_weight) {
  Rows rows(test_subject().inputs());
  const std::array<float, 3> in = {10, 10, 0};
  for (int i = 0; i < 100; i++) {
    rows.add(in, 5, 1);
    rows.add(in, 15, 9);
    rows.add(in, 25, 0);
  }
  Regressor regressor(test_subject(), {.delta = 100});
  teach(regressor, rows, 200);
  EXPECT_NEAR(regressor.predict({in.begin(), in.end()})[0], 14, 0.5);
  EXPECT_NEAR(regressor.loss(rows), 0.5 * (0.1 * 81 + 0.9 * 1), 0.3);
}

// Two alternatives and three; the regret by hand from what is predicted of them.
TEST(Regressor, a_set_counts_by_what_would_be_chosen) {
  Rows rows = rows_of_function(2, 1);
  rows.end_set();
  rows.append(rows_of_function(3, 2));
  rows.end_set();
  const Regressor plain(test_subject(), {}), choosing(test_subject(), {.regret = 2, .sharpness = 3});
  const auto answers = plain.predict(rows.features);
  const auto regret = [&](std::size_t first, std::size_t last) {
    const auto label = [&](std::size_t i) { return rows.labels[i]; };
    double least = label(first), sum = 0, cost = 0;
    for (std::size_t i = first; i < last; i++) {
      const double odds = std::exp2(-3 * answers[i]);
      least = std::min<double>(least, label(i));
      sum += odds;
      cost += odds * label(i);
    }
    return cost / sum - least;
  };
  const double both = (regret(0, 2) + regret(2, 5)) / 2;
  EXPECT_GT(both, 0.01);
  EXPECT_NEAR(choosing.loss(rows) - plain.loss(rows), 2 * both, 1e-3);
}

// What can't be predicted of a set as a whole must not keep from choosing well in it.
TEST(Regressor, learns_to_choose) {
  const auto chosen_by = [](double weight) {
    Regressor regressor(test_subject(), {.hidden = {2, 2}, .regret = weight});
    Rng rng(1);
    Rows rows(test_subject().inputs());
    for (int i = 0; i < 2000; i++) {
      const auto common = static_cast<float>(rng.uniform(0, 20));
      for (int k = 0; k < 2; k++) {
        const std::array<float, 3> in = {common, static_cast<float>(10 + k), 0};
        rows.add(in, static_cast<float>(5 + 4 * std::abs(std::sin(common)) + 0.2 * k));
      }
      rows.end_set();
    }
    teach(regressor, rows, 10);
    const auto answers = regressor.predict(rows.features);
    int right = 0;
    for (std::size_t i = 0; i < answers.size(); i += 2) right += answers[i] < answers[i + 1];
    return right / 2000.0;
  };
  EXPECT_GT(chosen_by(4), 0.95);
}

TEST(Regressor, an_anchor_holds_what_was_loaded) {
  const Rows rows = rows_of_function(1000, 1);
  Regressor begun(test_subject(), {});
  const auto moved_by = [&](double anchor) {
    Regressor regressor(test_subject(), {.anchor = anchor});
    regressor.load(begun.save(), "begun");
    const auto before = regressor.parameters();
    teach(regressor, rows, 10);
    const auto after = regressor.parameters();
    double sum = 0;
    for (std::size_t i = 0; i < before.size(); i++) sum += std::pow(after[i] - before[i], 2);
    return sum;
  };
  EXPECT_LT(moved_by(1), moved_by(0) / 4);
}

TEST(Regressor, exports_what_it_answers_and_loads_it_again) {
  const Rows rows = rows_of_function(500, 3);
  Regressor regressor(test_subject(), {.hidden = {8, 4}});
  teach(regressor, rows, 5);
  const std::string model = regressor.save();
  const auto answers = regressor.predict(rows.features);
  const auto exported = run_torchscript(model, rows.features.data(), rows.size(), rows.columns);
  Regressor again(test_subject(), {});
  again.load(model, "model");
  const auto loaded = again.predict(rows.features);
  for (std::size_t i = 0; i < rows.size(); i++) {
    ASSERT_NEAR(answers[i], exported[i], 1e-3);
    ASSERT_NEAR(answers[i], loaded[i], 1e-3);
  }
}

TEST(Regressor, never_answers_below_zero) {
  Rows rows(test_subject().inputs());
  for (const float x : {8.0F, 9.0F, 10.0F}) rows.add(std::array<float, 3>{x, x, 0}, 0);
  Regressor regressor(test_subject(), {});
  teach(regressor, rows, 50);
  const std::vector<float> far = {-40, 60, 9};
  EXPECT_GE(regressor.predict(far)[0], 0);
  EXPECT_GE(run_torchscript(regressor.save(), far.data(), 1, 3)[0], 0);
}

TEST(Regressor, the_same_seed_gives_the_same_bytes) {
  const Rows rows = rows_of_function(500, 3);
  const auto model = [&](std::uint64_t seed) {
    Regressor regressor(test_subject(), {.seed = seed});
    teach(regressor, rows, 3);
    return regressor.save();
  };
  EXPECT_EQ(model(1), model(1));
  EXPECT_NE(model(1), model(2));
}

TEST(Regressor, refuses_what_is_no_model_of_its_subject) {
  Subject wide = test_subject();
  wide.centre.push_back(0);
  wide.gain.push_back(1);
  const std::string model = Regressor(wide, {}).save();
  Regressor regressor(test_subject(), {});
  EXPECT_THROW(regressor.load(model, "wide.pt"), Error);
  EXPECT_THROW(regressor.load("nonsense", "nonsense.pt"), Error);
}

}  // namespace
}  // namespace liteflow::regression
