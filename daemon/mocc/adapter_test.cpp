// SPDX-License-Identifier: GPL-2.0
#include "daemon/mocc/adapter.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <vector>

#include "codegen/error.h"
#include "daemon/aurora/environment.h"
#include "daemon/aurora/learner.h"
#include "daemon/aurora/test_field.h"
#include "daemon/training/file.h"
#include "daemon/training/script.h"

namespace liteflow {
namespace {

using namespace aurora;

const RewardWeights kThroughput{0.6, 0.3, 0.1}, kLatency{0.1, 0.6, 0.3};

// A policy that moves every rate by `action`, whatever it sees.
std::string constant_policy(float action) {
  LearnerOptions o;
  o.shape = kMoccShape;
  Learner learner(o);
  std::vector<float> p = learner.parameters();
  // In front of the preference's parameters: the last layer's 32 weights and its bias.
  const std::size_t preference = 8 * 3 + 8, bias = p.size() - preference - 1;
  for (std::size_t i = bias - 32; i < bias; i++) p[i] = 0;
  p[bias] = action / 8;
  learner.set_parameters(p);
  return learner.save();
}

class Model {
 public:
  explicit Model(const std::string &bytes)
      : path_(std::filesystem::temp_directory_path() / ("lf-mocc-test-" + std::to_string(getpid()) + ".pt")) {
    write_file(path_, bytes);
  }
  ~Model() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  AdapterOptions options() const {
    AdapterOptions o;
    o.model = path_;
    return o;
  }

 private:
  std::filesystem::path path_;
};

// Flows of one objective.
Field flows_of(const RewardWeights &weights, std::uint64_t seed) {
  Environment::Options options;
  options.form = RewardForm::weighted;
  options.weights = weights;
  options.preference = true;
  return {"mocc", options, seed, seed * 100, 0.7};
}

double answer(Adapter &adapter, const RewardWeights &w) {
  Matrix in(1, kMoccInputs);
  in(0, 0) = w.throughput;
  in(0, 1) = w.latency;
  in(0, 2) = w.loss;
  for (std::size_t i = kWeights; i < kMoccInputs; i++) in(0, i) = (i - kWeights) % 3 ? 1 : 0;
  return adapter.evaluate(in).outputs(0, 0);
}

TEST(MoccAdapter, adapting_raises_the_reward_of_a_policy_that_starves) {
  const Model model(constant_policy(-1));
  const auto adapter = make_mocc_adapter(model.options());
  Field field = flows_of(kThroughput, 5);
  Batch batch;
  const double before = field.run(*adapter, 200, batch);
  for (int round = 0; round < 30; round++) {
    field.run(*adapter, 64, batch);
    EXPECT_GT(adapter->adapt(batch), 300U);
  }
  field.run(*adapter, 100, batch);
  const double after = field.run(*adapter, 200, batch);
  RecordProperty("before", std::to_string(before));
  RecordProperty("after", std::to_string(after));
  EXPECT_GT(after, before + 0.1);
}

TEST(MoccAdapter, an_earlier_objective_is_replayed) {
  // Flows want low latency for a while, then throughput. The two adapters have
  // the same seed and see the same until then: what they answer for latency in
  // the end differs by the replay alone.
  const Model model(constant_policy(0));
  const auto run = [&](const std::string &replay, double &reward) {
    AdapterOptions o = model.options();
    o.values = {{"replay", replay}, {"warm_up", "1024"}};
    const auto adapter = make_mocc_adapter(o);
    Batch batch;
    Field latency = flows_of(kLatency, 3), throughput = flows_of(kThroughput, 9);
    for (int round = 0; round < 6; round++) {
      latency.run(*adapter, 64, batch);
      adapter->adapt(batch);
    }
    for (int round = 0; round < 10; round++) {
      throughput.run(*adapter, 64, batch);
      adapter->adapt(batch);
    }
    latency.run(*adapter, 60, batch);
    reward = latency.run(*adapter, 100, batch);
    return answer(*adapter, kLatency);
  };
  double with = 0, without = 0;
  EXPECT_NE(run("0.5", with), run("0", without));
  RecordProperty("with", std::to_string(with));
  RecordProperty("without", std::to_string(without));
  EXPECT_GT(with, without - 0.01);
}

TEST(MoccAdapter, inputs_are_objective_and_state) {
  const Model model(constant_policy(0));
  const auto adapter = make_mocc_adapter(model.options());
  Field field = flows_of(kLatency, 3);
  Batch batch;
  field.run(*adapter, 3, batch);
  const Matrix in = adapter->inputs(batch);
  ASSERT_EQ(in.rows, 24U);
  ASSERT_EQ(in.columns, kMoccInputs);
  for (std::size_t r = 0; r < in.rows; r++) {
    EXPECT_NEAR(in(r, 1), 0.6, 1e-4);
    EXPECT_GE(in(r, kWeights + 1), 1.0);
  }
}

TEST(MoccAdapter, freezes_what_it_loaded) {
  const std::string bytes = constant_policy(2);
  const Model model(bytes);
  const auto adapter = make_mocc_adapter(model.options());
  std::vector<float> in(kMoccInputs, 0.5F);
  EXPECT_NEAR(run_torchscript(adapter->freeze(), in.data(), 1, kMoccInputs)[0],
              run_torchscript(bytes, in.data(), 1, kMoccInputs)[0], 1e-4);
  EXPECT_NEAR(answer(*adapter, kLatency), 2, 1e-4);
}

TEST(MoccAdapter, what_is_not_its_own_is_refused_by_name) {
  const Model model(constant_policy(0));
  AdapterOptions o = model.options();
  o.values["throughput"] = "0.5";
  try {
    make_mocc_adapter(o);
    FAIL() << "weights are no keys";
  } catch (const Error &e) {
    EXPECT_EQ(std::string(e.what()).find("mocc: unknown key \"throughput\""), 0U) << e.what();
  }
  const auto adapter = make_mocc_adapter(model.options());
  EXPECT_THROW(adapter->evaluate(Matrix(1, 30)), Error);
  Batch batch;
  batch.app = "cc";
  batch.record_bytes = sizeof(lf_cc_record);
  EXPECT_THROW(adapter->adapt(batch), Error);
}

}  // namespace
}  // namespace liteflow
