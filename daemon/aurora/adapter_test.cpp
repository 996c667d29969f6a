// SPDX-License-Identifier: GPL-2.0
#include "daemon/aurora/adapter.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>

#include "codegen/error.h"
#include "daemon/aurora/environment.h"
#include "daemon/aurora/learner.h"
#include "daemon/aurora/test_field.h"
#include "daemon/training/file.h"
#include "daemon/training/script.h"

namespace liteflow::aurora {
namespace {

const std::string kModel = LF_MODELS_DIR "/aurora.pt";

std::string temporary(const std::string &name) {
  return (std::filesystem::temp_directory_path() / ("lf-aurora-test-" + std::to_string(getpid()) + name)).string();
}

std::string read_shipped() {
  std::ifstream in(kModel, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// The shipped policy with its mean shifted by so many action units: it overfills
// or starves any path.
std::string mistuned(float shift) {
  Learner learner{LearnerOptions{}};
  learner.load(read_shipped(), kModel);
  auto p = learner.parameters();
  p.back() += shift / 8;  // the last bias, in units of the last layer
  learner.set_parameters(p);
  return learner.save();
}

Field cc_flows(double sigma) { return {"cc", Environment::Options{}, 5, 100, sigma}; }

AdapterOptions options_for(const std::string &model) {
  AdapterOptions o;
  o.model = model;
  return o;
}

class Mistuned : public testing::TestWithParam<float> {};

// Beside what the mistuned policy earns as it is, on the same links at the same
// time: links differ more than policies do.
TEST_P(Mistuned, adapting_to_records_raises_the_reward) {
  const std::string path = temporary(".pt");
  write_file(path, mistuned(GetParam()));
  const auto adapter = make_aurora_adapter(options_for(path));
  const auto unadapted = make_aurora_adapter(options_for(path));
  Field field = cc_flows(kShippedSigma), beside = cc_flows(kShippedSigma);
  Batch batch, unused;
  field.run(*adapter, 200, batch);  // let the queues settle
  beside.run(*unadapted, 200, unused);
  std::unique_ptr<Adapter> snapshot;
  for (int round = 0; round < 48; round++) {
    // As in the kernel, a snapshot serves for a while before the next.
    if (round % 4 == 0) {
      write_file(path, adapter->freeze());
      snapshot = make_aurora_adapter(options_for(path));
    }
    field.run(*snapshot, 64, batch);
    beside.run(*unadapted, 64, unused);
    EXPECT_GT(adapter->adapt(batch), 300U);
  }
  const double adapted = field.run(*adapter, 180, batch);
  const double control = beside.run(*unadapted, 180, unused);
  RecordProperty("control", std::to_string(control));
  RecordProperty("adapted", std::to_string(adapted));
  EXPECT_GT(adapted, control + 0.3 * (0.97 - control));
  std::filesystem::remove(path);
}

INSTANTIATE_TEST_SUITE_P(Aurora, Mistuned, testing::Values(1.0F, -1.0F));

TEST(AuroraAdapter, a_good_policy_stays_good) {
  const auto adapter = make_aurora_adapter(options_for(kModel)), unadapted = make_aurora_adapter(options_for(kModel));
  Field field = cc_flows(kShippedSigma), beside = cc_flows(kShippedSigma);
  Batch batch, unused;
  field.run(*adapter, 400, batch);
  beside.run(*unadapted, 400, unused);
  for (int round = 0; round < 24; round++) {
    field.run(*adapter, 64, batch);
    beside.run(*unadapted, 64, unused);
    adapter->adapt(batch);
  }
  const double adapted = field.run(*adapter, 200, batch);
  const double control = beside.run(*unadapted, 200, unused);
  RecordProperty("control", std::to_string(control));
  RecordProperty("adapted", std::to_string(adapted));
  EXPECT_GT(adapted, control - 0.02);
}

TEST(AuroraAdapter, without_exploration_the_policy_stays) {
  const auto adapter = make_aurora_adapter(options_for(kModel));
  const std::string before = adapter->freeze();
  Field field = cc_flows(0);
  Batch batch;
  for (int i = 0; i < 10; i++) {
    field.run(*adapter, 64, batch);
    EXPECT_GT(adapter->adapt(batch), 0U);
  }
  EXPECT_EQ(adapter->freeze(), before);
}

TEST(AuroraAdapter, freezes_what_it_loaded) {
  const auto adapter = make_aurora_adapter(options_for(kModel));
  Matrix in(2, kInputs);
  for (std::size_t i = 0; i < in.values.size(); i++) in.values[i] = i % 3 ? 1.1 : 0.01;
  const Matrix out = adapter->evaluate(in).outputs;
  const std::vector<float> states(in.values.begin(), in.values.end());
  const auto theirs = run_torchscript(read_shipped(), states.data(), 2, kInputs);
  const auto frozen = run_torchscript(adapter->freeze(), states.data(), 2, kInputs);
  ASSERT_EQ(out.rows, 2U);
  ASSERT_EQ(out.columns, 1U);
  for (std::size_t i = 0; i < 2; i++) {
    EXPECT_NEAR(out(i, 0), theirs[i], 1e-4);
    EXPECT_NEAR(frozen[i], theirs[i], 1e-4);
  }
}

TEST(AuroraAdapter, inputs_are_the_records_states) {
  const auto adapter = make_aurora_adapter(options_for(kModel));
  Field field = cc_flows(0.7);
  Batch batch;
  field.run(*adapter, 3, batch);
  const Matrix in = adapter->inputs(batch);
  EXPECT_EQ(in.rows, 24U);
  EXPECT_EQ(in.columns, kInputs);
  for (std::size_t r = 0; r < in.rows; r++) EXPECT_GE(in(r, 1), 1.0);
}

TEST(AuroraAdapter, bad_configuration_is_named) {
  const auto error_of = [](const AdapterOptions &o) -> std::string {
    try {
      make_aurora_adapter(o);
    } catch (const Error &e) {
      return e.what();
    }
    return "";
  };
  AdapterOptions o = options_for(kModel);
  o.values["lerning_rate"] = "1e-3";
  EXPECT_NE(error_of(o).find("lerning_rate"), std::string::npos);
  o.values = {{"sigma", "fast"}};
  EXPECT_NE(error_of(o).find("sigma = fast"), std::string::npos);
  o.values = {{"clip", "7"}};
  EXPECT_NE(error_of(o).find("clip = 7"), std::string::npos);
  o = options_for("/nonexistent/model.pt");
  EXPECT_NE(error_of(o).find("/nonexistent/model.pt"), std::string::npos);
  o = options_for(kModel);
  o.values = {{"sigma", "0.5"}};
  EXPECT_DOUBLE_EQ(make_aurora_adapter(o)->sigma(), 0.5);
}

TEST(AuroraAdapter, wrong_shapes_are_refused) {
  const auto adapter = make_aurora_adapter(options_for(kModel));
  EXPECT_THROW(adapter->evaluate(Matrix(1, 29)), Error);
  EXPECT_EQ(adapter->evaluate(Matrix(0, 0)).outputs.rows, 0U);
  Batch batch;
  batch.app = "cc";
  batch.record_bytes = sizeof(lf_cc_record);
  batch.records.resize(7);
  EXPECT_THROW(adapter->adapt(batch), Error);
  EXPECT_THROW(adapter->inputs(batch), Error);
}

}  // namespace
}  // namespace liteflow::aurora
