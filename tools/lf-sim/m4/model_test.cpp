// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/m4/model.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "codegen/error.h"
#include "daemon/training/script.h"
#include "tools/lf-sim/m4/inference.h"
#include "tools/lf-sim/m4/test_records.h"

namespace liteflow::sim::m4 {
namespace {

constexpr double kTolerance = 1e-4;

Lockstep lockstep_of(const std::vector<std::pair<const Record *, Period>> &periods, const Shape &shape) {
  std::vector<Replay> replays;
  for (const auto &[record, period] : periods) replays.emplace_back(*record, period, shape);
  return Lockstep(std::move(replays));
}

Period longest_of(const Record &record) {
  const auto periods = periods_of(record);
  return *std::max_element(periods.begin(), periods.end(),
                           [](const Period &a, const Period &b) { return a.flows.size() < b.flows.size(); });
}

void expect_near(std::span<const float> a, std::span<const float> b, double tolerance) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); i++) ASSERT_NEAR(a[i], b[i], tolerance * (1 + std::abs(b[i])));
}

class Models : public testing::Test {
 protected:
  Models() { use_one_thread(); }
};

// Every answer and every state after every event, for every set of instructions.
void expect_inference_equals_model(const Shape &shape, double size) {
  const Record record = made_up_record(5, 60, 9000);
  const Period period = longest_of(record);
  ASSERT_GT(period.flows.size(), 20U);
  const Weights weights = random_weights(shape, 7, size);
  for (const Kernels &k : kernels()) {
    Model model(weights);
    Inference inference(weights, record.parameters, k);
    Replay replay(record, period, shape);
    Lockstep lockstep = lockstep_of({{&record, period}}, shape);
    model.begin(lockstep.flow_places(), lockstep.link_places());
    for (Frame frame; lockstep.next(frame);) {
      ASSERT_TRUE(replay.next());
      const auto expected = model.answer(frame);
      inference.update(replay.scene());
      const Touch &touch = replay.scene().touched();
      ASSERT_EQ(expected.size(), touch.flows.size() * kAnswers);
      for (std::size_t row = 0; row < touch.flows.size(); row++) {
        expect_near(inference.answers(row), std::span(expected).subspan(row * kAnswers, kAnswers), kTolerance);
        expect_near(inference.flow_state(touch.flows[row]), model.flow_state(touch.flows[row]), kTolerance);
      }
      for (const LinkId id : touch.links) expect_near(inference.link_state(id), model.link_state(id), kTolerance);
    }
  }
}

TEST_F(Models, inference_is_the_same) { expect_inference_equals_model({64, 96, 1, 0}, 0.2); }
TEST_F(Models, inference_is_the_same_within_reach) { expect_inference_equals_model({16, 32, 1, 1}, 0.4); }
TEST_F(Models, inference_is_the_same_for_odd_widths) { expect_inference_equals_model({13, 21, 1, 0}, 0.4); }
TEST_F(Models, inference_is_the_same_without_fluid) { expect_inference_equals_model({16, 16, 0, 0}, 0.4); }

// Periods in lock-step do not hear each other.
TEST_F(Models, lockstep_is_each_by_itself) {
  const Record a = made_up_record(1, 80, 15000), b = made_up_record(2, 60, 15000);
  const Weights weights = random_weights(kSmall);
  const std::vector<std::pair<const Record *, Period>> all = {
      {&a, longest_of(a)}, {&b, longest_of(b)}, {&a, periods_of(a)[0]}};
  Lockstep together = lockstep_of(all, kSmall);
  Model model(weights);
  model.begin(together.flow_places(), together.link_places());
  std::vector<Lockstep> alone;
  std::vector<Model> models;
  for (const auto &one : all) {
    alone.push_back(lockstep_of({one}, kSmall));
    models.emplace_back(weights);
    models.back().begin(alone.back().flow_places(), alone.back().link_places());
  }
  for (Frame frame; together.next(frame);) {
    const auto answers = model.answer(frame);
    std::vector<float> expected;
    std::size_t events = 0;
    for (std::size_t i = 0; i < alone.size(); i++) {
      Frame part;
      if (!alone[i].next(part)) continue;
      events += part.events;
      const auto some = models[i].answer(part);
      expected.insert(expected.end(), some.begin(), some.end());
    }
    EXPECT_EQ(frame.events, events);
    expect_near(answers, expected, 1e-5);
  }
}

TEST_F(Models, untouched_states_stay) {
  const Record r = record_by_hand(4, {{{0, 1}, 0, 9000}, {{2}, 10, 9000}, {{1}, 20, 5000}, {{0, 2}, 8000, 9500}});
  const Weights weights = random_weights(kSmall);
  Scene scene(r.rates, kSmall);
  Inference inference(weights, r.parameters, kernels()[0]);
  std::vector<Slot> slots;
  const auto arrive = [&](std::size_t i) {
    const TrueFlow &f = r.flows[i];
    slots.push_back(
        scene.arrive(f.start_ns, {.links = f.links, .bytes = f.bytes, .bits = f.bits, .ideal_ns = f.ideal_ns}));
    inference.update(scene);
  };
  const auto copy = [](std::span<const float> s) { return std::vector<float>(s.begin(), s.end()); };
  arrive(0);
  arrive(1);
  const auto flow = copy(inference.flow_state(slots[1])), link = copy(inference.link_state(2));
  const auto other = copy(inference.flow_state(slots[0]));
  arrive(2);
  EXPECT_EQ(copy(inference.flow_state(slots[1])), flow);
  EXPECT_EQ(copy(inference.link_state(2)), link);
  EXPECT_NE(copy(inference.flow_state(slots[0])), other);
  arrive(3);
  EXPECT_NE(copy(inference.flow_state(slots[1])), flow);
}

TEST_F(Models, untrained_answers_are_the_base) {
  const Record r = made_up_record(1, 40);
  Model model(kSmall, 1);
  Lockstep lockstep = lockstep_of({{&r, longest_of(r)}}, kSmall);
  model.begin(lockstep.flow_places(), lockstep.link_places());
  for (Frame frame; lockstep.next(frame);)
    for (const float v : model.answer(frame)) EXPECT_EQ(v, 0);
}

TEST_F(Models, learn_lessens_every_loss) {
  Record r = made_up_record(3, 24, 15000);
  // A made-up trace: what is left falls with time, queues grow with the flows there.
  r.sights.resize(2 * r.flows.size());
  for (std::uint32_t i = 0; i < r.flows.size(); i++)
    for (const bool arrival : {true, false}) {
      const TrueFlow &f = r.flows[i];
      const double now = arrival ? f.start_ns : f.end_ns();
      Sight &s = r.sights[2 * i + (arrival ? 0 : 1)];
      for (std::uint32_t k = 0; k < r.flows.size(); k++)
        if (r.flows[k].start_ns <= now && (arrival ? r.flows[k].end_ns() >= now : r.flows[k].end_ns() > now))
          s.left.emplace_back(k, static_cast<float>(1 - (now - r.flows[k].start_ns) / r.flows[k].fct_ns));
      if (arrival) s.queued.assign(f.links.size(), static_cast<float>(s.left.size()));
    }
  const Period period = longest_of(r);
  Model model({16, 16, 1, 0}, 2);
  const auto pass = [&](bool learns) {
    Lockstep lockstep = lockstep_of({{&r, period}, {&r, period}}, model.shape());
    model.begin(lockstep.flow_places(), lockstep.link_places());
    std::vector<Frame> frames;
    for (Frame frame; lockstep.next(frame);) frames.push_back(frame);
    return learns ? model.learn(frames, {.learning_rate = 2e-2}) : model.judge(frames);
  };
  const Losses before = pass(false), first = pass(true);
  EXPECT_EQ(before.events, 4 * period.flows.size());
  EXPECT_EQ(before.completed, 2 * period.flows.size());
  EXPECT_NEAR(before.slowdown, first.slowdown, 1e-6);
  EXPECT_GT(before.left, 0);
  EXPECT_GT(before.queue, 0);
  for (int i = 0; i < 15; i++) pass(true);
  const Losses after = pass(false);
  EXPECT_LT(after.slowdown, 0.7 * before.slowdown);
  EXPECT_LT(after.every_event, 0.7 * before.every_event);
  EXPECT_LT(after.quantile, 0.7 * before.quantile);
  EXPECT_LT(after.left, 0.8 * before.left);
  EXPECT_LT(after.queue, 0.8 * before.queue);
}

TEST_F(Models, gradients_stop_at_the_first_frame) {
  // In one piece or in two: the same states, so the same losses before a step.
  const Record r = made_up_record(4, 40, 15000);
  Model a(random_weights(kSmall)), b(random_weights(kSmall));
  Lockstep one = lockstep_of({{&r, longest_of(r)}}, kSmall);
  std::vector<Frame> frames;
  for (Frame frame; one.next(frame);) frames.push_back(frame);
  for (Model *m : {&a, &b}) m->begin(one.flow_places(), one.link_places());
  const std::span<const Frame> all(frames);
  const Losses whole = a.learn(all, {.learning_rate = 0});
  const Losses first = b.learn(all.subspan(0, 10), {.learning_rate = 0});
  const Losses rest = b.learn(all.subspan(10), {.learning_rate = 0});
  EXPECT_EQ(whole.completed, first.completed + rest.completed);
  EXPECT_NEAR(whole.slowdown * static_cast<double>(whole.completed),
              first.slowdown * static_cast<double>(first.completed) +
                  rest.slowdown * static_cast<double>(rest.completed),
              1e-3 * whole.slowdown * static_cast<double>(whole.completed));
}

TEST_F(Models, weights_round_trip) {
  const Weights w = random_weights(kSmall);
  EXPECT_EQ(Model(w).weights().values, w.values);
  EXPECT_EQ(Model(kSmall, 3).weights().values, Model(kSmall, 3).weights().values);
  EXPECT_NE(Model(kSmall, 3).weights().values, Model(kSmall, 4).weights().values);
}

TEST_F(Models, training_state_round_trip) {
  const Record r = made_up_record(3, 40, 15000);
  const auto step = [&](Model &model) {
    Lockstep lockstep = lockstep_of({{&r, longest_of(r)}}, kSmall);
    model.begin(lockstep.flow_places(), lockstep.link_places());
    std::vector<Frame> frames;
    for (Frame frame; lockstep.next(frame);) frames.push_back(frame);
    model.learn(frames, {});
  };
  Model model(kSmall, 1);
  step(model);
  auto [again, word] = Model::load_training(model.save_training("a word\n"), "state");
  EXPECT_EQ(word, "a word\n");
  step(model);
  step(again);
  EXPECT_EQ(model.weights().values, again.weights().values);
}

TEST_F(Models, other_states_are_refused) {
  const std::string good = Model(kSmall, 1).save_training("word");
  for (const std::string &bad :
       {std::string(), std::string("nonsense"), good.substr(0, good.size() / 2), good.substr(0, 30),
        to_bytes(random_weights(kSmall))})
    EXPECT_THROW(Model::load_training(bad, "state"), Error);
}

}  // namespace
}  // namespace liteflow::sim::m4
