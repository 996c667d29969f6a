// SPDX-License-Identifier: GPL-2.0
#include "daemon/regression/tuner.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "codegen/error.h"
#include "daemon/regression/settings.h"
#include "daemon/regression/test_function.h"

namespace liteflow::regression {
namespace {

// A record of these tests is a row: three inputs and the label.
Reading read(const Batch &batch) {
  Reading reading{.rows = Rows(3)};
  std::vector<float> values(batch.records.size() / sizeof(float));
  if (!values.empty()) std::memcpy(values.data(), batch.records.data(), batch.records.size());
  for (std::size_t i = 0; i + 4 <= values.size(); i += 4) {
    reading.rows.add(std::span(&values[i], 3), values[i + 3]);
    reading.used++;
  }
  return reading;
}

Batch batch_of(const Rows &rows) {
  std::vector<float> values;
  for (std::size_t i = 0; i < rows.size(); i++) {
    values.insert(values.end(), &rows.features[i * 3], &rows.features[i * 3] + 3);
    values.push_back(rows.labels[i]);
  }
  Batch b;
  b.app = "test";
  b.host = "h";
  b.record_bytes = 16;
  b.records.resize(values.size() * sizeof(float));
  if (!values.empty()) std::memcpy(b.records.data(), values.data(), b.records.size());
  return b;
}

std::string taught_model() {
  Regressor regressor(test_subject(), {});
  for (int i = 0; i < 30; i++) regressor.learn(rows_of_function(2000, 1), 128);
  return regressor.save();
}

std::unique_ptr<Adapter> make(const std::map<std::string, std::string> &values = {}) {
  static const std::string model = taught_model();
  AdapterOptions o;
  o.model = "taught.pt";
  o.values = values;
  return make_tuner({test_subject(), read}, o, model);
}

double error_of(Adapter &adapter, const Rows &rows) {
  Matrix in(rows.size(), 3);
  std::copy(rows.features.begin(), rows.features.end(), in.values.begin());
  const Matrix out = adapter.evaluate(in).outputs;
  double sum = 0;
  for (std::size_t i = 0; i < rows.size(); i++) sum += std::abs(out(i, 0) - rows.labels[i]);
  return sum / static_cast<double>(rows.size());
}

TEST(Tuner, follows_a_drift) {
  const auto adapter = make();
  const Rows now = rows_of_function(500, 2, 3);
  const double before = error_of(*adapter, now);
  for (std::uint64_t i = 0; i < 60; i++) EXPECT_EQ(adapter->adapt(batch_of(rows_of_function(128, 100 + i, 3))), 128U);
  EXPECT_GT(before, 2.5);
  EXPECT_LT(error_of(*adapter, now), 0.5);
}

TEST(Tuner, what_is_right_stays_right) {
  const auto adapter = make();
  const Rows now = rows_of_function(500, 2);
  const double before = error_of(*adapter, now);
  for (std::uint64_t i = 0; i < 20; i++) adapter->adapt(batch_of(rows_of_function(128, 100 + i)));
  EXPECT_LT(error_of(*adapter, now), before + 0.05);
}

TEST(Tuner, stability_is_the_error_before_learning_and_settles) {
  const auto adapter = make({{"smoothing", "0.3"}});
  adapter->adapt(batch_of(rows_of_function(128, 50, 3)));
  const double first = adapter->evaluate(Matrix()).stability;
  EXPECT_NEAR(first, -3, 0.5);
  for (std::uint64_t i = 0; i < 60; i++) adapter->adapt(batch_of(rows_of_function(128, 100 + i, 3)));
  EXPECT_GT(adapter->evaluate(Matrix()).stability, -0.6);
}

TEST(Tuner, an_update_that_does_harm_is_taken_back) {
  const auto adapter = make({{"window", "1280"}, {"holdout", "0.1"}, {"update_every", "1280"}, {"warm_up", "0"}});
  const std::string before = adapter->freeze();
  // What came earlier would teach what the latest rows say is wrong.
  Rows rows = rows_of_function(1152, 3, 6);
  rows.append(rows_of_function(128, 4));
  adapter->adapt(batch_of(rows));
  EXPECT_EQ(adapter->freeze(), before);
}

TEST(Tuner, waits_until_it_is_warm) {
  const auto adapter = make({{"warm_up", "1000"}});
  const std::string before = adapter->freeze();
  adapter->adapt(batch_of(rows_of_function(900, 3, 3)));
  EXPECT_EQ(adapter->freeze(), before);
  adapter->adapt(batch_of(rows_of_function(900, 4, 3)));
  EXPECT_NE(adapter->freeze(), before);
}

TEST(Tuner, the_same_batches_give_the_same_model) {
  const auto one = make(), two = make();
  for (std::uint64_t i = 0; i < 10; i++)
    for (Adapter *a : {one.get(), two.get()}) a->adapt(batch_of(rows_of_function(128, 100 + i, 2)));
  EXPECT_EQ(one->freeze(), two->freeze());
}

TEST(Tuner, bad_keys_and_shapes_are_named) {
  EXPECT_THROW(make({{"lerning_rate", "1"}}), Error);
  EXPECT_THROW(make({{"holdout", "0.9"}}), Error);
  EXPECT_THROW(make({{"window", "many"}}), Error);
  EXPECT_NE(settings_keys().find("anchor"), std::string::npos);
  const auto adapter = make();
  EXPECT_THROW(adapter->evaluate(Matrix(1, 4)), Error);
  EXPECT_EQ(adapter->adapt(batch_of(Rows(3))), 0U);
  EXPECT_EQ(adapter->sigma(), 0);
  AdapterOptions o;
  o.model = "/nonexistent/model.pt";
  EXPECT_THROW(make_tuner({test_subject(), read}, o), Error);
}

}  // namespace
}  // namespace liteflow::regression
