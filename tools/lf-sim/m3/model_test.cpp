// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/m3/model.h"

#include <gtest/gtest.h>
#include <torch/script.h>

#include <sstream>

#include "codegen/error.h"
#include "tools/lf-sim/m3/test_paths.h"

namespace liteflow::sim::m3 {
namespace {

constexpr Shape kTiny{.layout = Layout::tcp, .dim = 16, .layers = 2, .heads = 2, .mlp = 16, .log_ratio = true};
constexpr Shape kTinyPublished{.layout = Layout::tcp, .dim = 16, .layers = 2, .heads = 2, .mlp = 16,
                               .log_ratio = false};

std::vector<Sample> samples(std::size_t n, std::uint64_t seed = 1) {
  std::vector<Sample> all;
  Rng rng(seed);
  for (std::size_t i = 0; i < n; i++)
    all.push_back(sample_of(made_up_record(seed * 1000 + i), {.window = 0.5}, rng));
  return all;
}

std::string message_of(const std::string &bytes) {
  try {
    Model::load(bytes, "some.pt");
  } catch (const Error &e) {
    return e.what();
  }
  return "";
}

TEST(Model, has_as_many_parameters_as_published) {
  EXPECT_EQ(kPublishedShape.hidden(), 1536U);
  EXPECT_EQ(kPublishedShape.inputs(), 1019U);
  // 1019 dim + dim; 4 (4 dim^2 + 3 dim 1536 + 2 dim); dim + dim^2; the MLP's; the empty bucket's.
  EXPECT_EQ(parameters_of(kPublishedShape), 18134836U);
  EXPECT_EQ(parameters_of({Layout::published, 128, 2, 4, 256, false}), 1011572U);
}

TEST(Model, untrained_it_answers_what_flowsim_does) {
  const auto some = samples(4);
  const auto answers = Model(kTiny, 1).predict(some);
  ASSERT_EQ(answers.size(), 4 * kOutputs);
  for (std::size_t i = 0; i < answers.size(); i++) {
    const float flowsim = some[i / kOutputs].features.foreground.values[i % kOutputs];
    ASSERT_FLOAT_EQ(answers[i], std::max(flowsim, 1.0F));
  }
}

// Whatever else is in the batch, and of paths of different lengths.
TEST(Model, a_sample_is_answered_by_itself) {
  const auto some = samples(6);
  ASSERT_NE(some[0].features.links, some[1].features.links);
  Model model(kTinyPublished, 1);
  const auto together = model.predict(some);
  for (std::size_t i = 0; i < some.size(); i++) {
    const auto alone = model.predict({&some[i], 1});
    for (std::size_t k = 0; k < kOutputs; k++) ASSERT_NEAR(alone[k], together[i * kOutputs + k], 1e-4);
  }
}

TEST(Model, reads_all_of_its_input) {
  auto some = samples(1);
  for (float &v : some[0].features.maps) v = std::max(v, 1.0F);
  const Model model(kTinyPublished, 1);
  const auto before = model.predict(some);
  for (std::size_t row = 0; row <= some[0].features.links; row++) {
    auto changed = some;
    changed[0].features.maps[row * kMap + 5] += 20;
    EXPECT_NE(model.predict(changed), before) << row;
  }
  auto changed = some;
  changed[0].parameters[0] += 1;
  EXPECT_NE(model.predict(changed), before);
}

TEST(Model, learns_in_both_forms) {
  const auto training = samples(60), unseen = samples(20, 2);
  for (const Shape &shape : {kTiny, kTinyPublished}) {
    Model model(shape, 1);
    const double before = model.loss(unseen);
    for (int i = 0; i < 30; i++)
      for (std::size_t k = 0; k < 60; k += 20)
        model.learn(std::span(training).subspan(k, 20), {.learning_rate = 3e-3, .dropout = 0.1});
    EXPECT_LT(model.loss(unseen), 0.7 * before) << shape.log_ratio;
  }
}

torch::jit::Module parsed(const std::string &bytes) {
  std::istringstream in(bytes);
  return torch::jit::load(in);
}

std::string written(const torch::jit::Module &module) {
  std::ostringstream out;
  module.save(out);
  return out.str();
}

// AdamW's first step is the rate along the sign of each derivative, but where that is as small as its epsilon; before
// it a matrix of the transformer loses rate times decay of itself.
TEST(Model, the_first_step_of_adamw) {
  const auto some = samples(4);
  Model model(kTinyPublished, 1);
  const auto before = parsed(model.save());
  constexpr double kRate = 1e-3, kDecay = 0.5;
  model.learn(some, {.learning_rate = kRate, .decay = kDecay, .dropout = 0, .most_gradient = 0});
  const auto after = parsed(model.save());
  const auto moved = [&](const char *name, double decay) {
    const auto a = before.attr(name).toTensor(), b = after.attr(name).toTensor();
    return (b - a * (1 - kRate * decay)).abs();
  };
  const std::vector<std::pair<const char *, double>> cases = {
      {"layer0_wo", kDecay}, {"output", kDecay}, {"mlp2_bias", 0}, {"norm", 0}, {"embed_bias", 0}};
  for (const auto &[name, decay] : cases) {
    const auto m = moved(name, decay);
    EXPECT_LT(m.max().item<double>(), kRate * 1.001) << name;
    EXPECT_GT(m.median().item<double>(), kRate * 0.9) << name;
  }
}

TEST(Model, the_same_seed_gives_the_same_bytes) {
  const auto some = samples(8);
  const auto trained = [&](std::uint64_t seed) {
    Model model(kTiny, seed);
    for (int i = 0; i < 3; i++) model.learn(some, {});
    return model.save();
  };
  EXPECT_EQ(trained(1), trained(1));
  EXPECT_NE(trained(1), trained(2));
}

TEST(Model, a_checkpoint_comes_back) {
  const auto some = samples(8);
  Model model({.layout = Layout::tcp, .dim = 8, .layers = 1, .heads = 1, .mlp = 8, .log_ratio = false}, 3);
  model.learn(some, {});
  const Model again = Model::load(model.save(), "some.pt");
  EXPECT_EQ(again.shape(), model.shape());
  EXPECT_EQ(again.predict(some), model.predict(some));
  EXPECT_EQ(again.save(), model.save());
}

TEST(Model, goes_on_from_a_training_checkpoint) {
  const auto some = samples(8);
  Model model(kTiny, 5);
  for (int i = 0; i < 3; i++) model.learn(some, {});
  auto [again, progress] = Model::load_training(model.save_training("three steps"), "some.pt");
  EXPECT_EQ(progress, "three steps");
  for (int i = 0; i < 3; i++) EXPECT_EQ(model.learn(some, {}), again.learn(some, {}));
  EXPECT_EQ(model.save(), again.save());
  EXPECT_EQ(Model::load(model.save_training(""), "some.pt").save(), model.save());
  EXPECT_THROW(Model::load_training(model.save(), "some.pt"), Error);
}

TEST(Model, refuses_what_is_no_checkpoint_of_its_version) {
  const std::string good = Model(kTiny, 1).save();
  EXPECT_EQ(message_of(good), "");
  EXPECT_EQ(message_of("nonsense"),
            "some.pt: not a checkpoint: damaged or another kind of file; make one by lf-sim train m3");
  EXPECT_NE(message_of(good.substr(0, good.size() / 2)).find("not a checkpoint"), std::string::npos);
  torch::jit::Module other("Other");
  other.register_parameter("fc1_weight", torch::ones({2, 2}), false);
  EXPECT_EQ(message_of(written(other)),
            "some.pt: a TorchScript file, but no checkpoint of m3; make one by lf-sim train m3");
  const auto changed = [&](const char *key, const c10::IValue &value) {
    auto module = parsed(good);
    module.setattr(key, value);
    return message_of(written(module));
  };
  EXPECT_EQ(changed("version", std::int64_t{2}),
            "some.pt: a checkpoint of version 2, this lf-sim reads 1; make one by lf-sim train m3");
  EXPECT_NE(changed("format", "lf-sim m4").find("no checkpoint of m3"), std::string::npos);
  EXPECT_NE(changed("shape", torch::tensor({1, 32, 2, 2, 16, 1}, torch::kLong)).find("does not fit"),
            std::string::npos);
  EXPECT_NE(changed("shape", torch::tensor({2, 16, 2, 2, 16, 1}, torch::kLong)).find("layout 2"), std::string::npos);
  EXPECT_NE(changed("shape", torch::tensor({1, 17, 2, 2, 16, 1}, torch::kLong)).find("dim = 17"), std::string::npos);
  EXPECT_NE(changed("shape", torch::tensor({1, 16}, torch::kLong)).find("shape is none"), std::string::npos);
  EXPECT_NE(changed("norm", torch::full({16}, std::nan(""))).find("not finite"), std::string::npos);
}

TEST(Model, refuses_another_layout) {
  auto some = samples(1);
  some[0].parameters.resize(size_of(Layout::published));
  EXPECT_THROW(Model(kTiny, 1).predict(some), Error);
}

TEST(Model, refuses_a_shape_out_of_range) {
  for (const Shape &s : {Shape{.dim = 0}, Shape{.dim = 12}, Shape{.layers = 0}, Shape{.heads = 0}, Shape{.mlp = 0}})
    EXPECT_THROW(Model(s, 1), Error);
}

TEST(Model, of_no_samples_there_is_nothing_to_say) {
  Model model(kTiny, 1);
  EXPECT_TRUE(model.predict({}).empty());
  EXPECT_EQ(model.loss({}), 0);
  EXPECT_EQ(model.learn({}, {}), 0);
}

TEST(Model, a_missing_checkpoint_has_a_remedy) {
  EXPECT_THROW(read_checkpoint("/nonexistent/m3.pt"), Error);
}

}  // namespace
}  // namespace liteflow::sim::m3
