// SPDX-License-Identifier: GPL-2.0
#include "codegen/model.h"

#include <gtest/gtest.h>

#include <cmath>

#include "codegen/error.h"
#include "codegen/lower.h"
#include "codegen/sample.h"
#include "tests/codegen/shapes.h"

namespace liteflow::codegen {
namespace {

Linear weights(std::size_t rows, std::size_t columns, std::vector<double> w,
               std::vector<double> b) {
  Linear linear{Matrix(rows, columns), std::move(b)};
  linear.weight.values = std::move(w);
  return linear;
}

TEST(Model, EvaluatesEveryOperation) {
  Model m = make_model(2);
  const std::size_t a = add_linear(m, 0, weights(2, 2, {1, 2, 3, 4}, {0.5, -20}));
  const std::size_t b = add_activation(m, a, Function::leaky_relu, 0.1);
  const std::size_t c = add_concat(m, {b, 0});
  const std::size_t d = add_slice(m, c, 1, 3);
  add_affine(m, d, {{2, 3}, {1, -1}});
  const std::vector<double> y = evaluate(m, std::vector<double>{1, 2});
  ASSERT_EQ(y.size(), 2u);
  EXPECT_DOUBLE_EQ(y[0], -0.9 * 2 + 1);  // (3 + 8 - 20) * 0.1
  EXPECT_DOUBLE_EQ(y[1], 2);
}

TEST(Model, RefusesWidthsThatDoNotFit) {
  Model m = make_model(2);
  EXPECT_THROW(add_linear(m, 0, weights(1, 3, {1, 2, 3}, {0})), Error);
  EXPECT_THROW(add_linear(m, 0, weights(1, 2, {1, 2}, {0, 0})), Error);
  EXPECT_THROW(add_slice(m, 0, 1, 3), Error);
  EXPECT_THROW(add_slice(m, 0, 1, 1), Error);
  EXPECT_THROW(add_affine(m, 0, {{1}, {1}}), Error);
  EXPECT_THROW(evaluate(m, std::vector<double>{1}), Error);
}

TEST(Model, FoldsConstantsAndDropsWhatIsUnused) {
  Model m = make_model(2);
  const std::size_t a = add_linear(m, 0, weights(1, 2, {1, 2}, {3}));
  add_linear(m, 0, weights(1, 2, {9, 9}, {9}));  // nobody reads it
  const std::size_t b = add_affine(m, a, {{2}, {1}});
  const std::size_t c = add_affine(m, b, {{-1}, {0}});
  const Model s = simplify(m, add_slice(m, c, 0, 1));
  ASSERT_EQ(s.nodes.size(), 2u);
  EXPECT_DOUBLE_EQ(evaluate(s, std::vector<double>{10, 20})[0], -(53 * 2 + 1));
}

TEST(Model, KeepsAConstantWhoseInputIsShared) {
  Model m = make_model(1);
  const std::size_t a = add_linear(m, 0, weights(1, 1, {2}, {0}));
  const std::size_t b = add_affine(m, a, {{10}, {0}});
  const Model s = simplify(m, add_concat(m, {a, b}));
  EXPECT_EQ(evaluate(s, std::vector<double>{3}), (std::vector<double>{6, 60}));
}

using Place = std::pair<std::size_t, std::size_t>;  // node and channel

// Where a value was computed: slices, constants and joins only pass it on.
Place origin(const Model &model, std::size_t node, std::size_t channel) {
  const Node &n = model.nodes[node];
  if (const auto *slice = std::get_if<Slice>(&n.operation))
    return origin(model, n.inputs[0], slice->begin + channel);
  if (std::holds_alternative<Affine>(n.operation)) return origin(model, n.inputs[0], channel);
  if (!std::holds_alternative<Concat>(n.operation)) return {node, channel};
  for (const std::size_t input : n.inputs) {
    if (channel < model.nodes[input].width) return origin(model, input, channel);
    channel -= model.nodes[input].width;
  }
  throw Error("channel beyond a join");
}

// No layer overwrites what is still to be read: the plan is run symbolically,
// every scratch element naming the value that it holds.
TEST(Lower, KeepsEveryValueUntilItIsRead) {
  for (const Shape &shape : make_shapes(1)) {
    const Plan plan = lower(shape.model);
    std::vector<Place> scratch(plan.scratch, Place{kNone, kNone});
    for (const Step &step : plan.steps) {
      const lf_layer &l = step.layer;
      const bool input = l.op == LF_OP_INPUT;
      for (std::size_t i = 0; i < l.n_in && !input; ++i)
        EXPECT_EQ(scratch[l.src + i], origin(shape.model, step.source, i)) << shape.name;
      const std::vector<Place> before = scratch;
      for (std::size_t i = 0; i < l.n_out && l.act != LF_ACT_OUT; ++i)
        scratch[l.dst + i] = l.op == LF_OP_COPY ? before[l.src + i] : Place{step.result, i};
    }
    EXPECT_EQ(plan.steps.back().layer.act, LF_ACT_OUT) << shape.name;
  }
}

TEST(Lower, ReusesScratch) {
  const Plan plan = lower(make_shapes(1)[0].model);  // 30-32-16-1
  EXPECT_EQ(plan.steps.size(), 4u);
  EXPECT_EQ(plan.scratch, 62);
}

TEST(Lower, RefusesWhatIsTooWide) {
  Model m = make_model(100);
  std::size_t node = 0;
  for (int i = 0; i < 8; ++i) node = add_concat(m, {node, 0});
  EXPECT_THROW(lower(simplify(m, node)), Error);
}

TEST(Sample, GivesUpOnlyRecordsFarFromTheOthers) {
  Matrix records(2000, 2);
  for (std::size_t r = 0; r < records.rows; ++r) {
    records(r, 0) = static_cast<double>(r % 100) / 100;
    records(r, 1) = 3;
  }
  records(7, 0) = 5000;
  records(8, 0) = -900;
  const Ranges ranges = clip_ranges(records, {}, 0.001);
  EXPECT_EQ(count_clipped(records, ranges), 2u);
  EXPECT_LT(ranges[0].second, 1.2);
  EXPECT_GT(ranges[1].second, ranges[1].first);
  EXPECT_EQ(count_clipped(records, clip_ranges(records, {}, 0.0004)), 0u);
}

TEST(Sample, StaysInsideDeclaredRanges) {
  const Matrix records = make_records(2, 1);
  const Ranges ranges = clip_ranges(records, {{-1, 1}, {-50, 50}}, 0.001);
  EXPECT_EQ(ranges[0], (std::pair{-1.0, 1.0}));
  EXPECT_GT(ranges[1].first, -3);
  EXPECT_THROW(clip_ranges(records, {{-1, 1}}, 0.001), Error);
  EXPECT_THROW(clip_ranges(records, {{5, 6}, {-1, 1}}, 0.001), Error);
  Matrix large = records;
  large(3, 1) = 1e6;
  EXPECT_THROW(clip_ranges(large, {}, 0.001), Error);
}

TEST(Sample, DrawsAreReproducible) {
  const Ranges ranges{{-1, 1}, {0, 10}};
  const Matrix records = make_records(2, 3);
  for (const Draw kind : {Draw::uniform, Draw::near_record, Draw::corner}) {
    const Matrix a = draw(kind, 50, ranges, records, 1), b = draw(kind, 50, ranges, records, 1);
    EXPECT_EQ(a.values, b.values);
    EXPECT_EQ(count_clipped(a, ranges), 0u);
  }
}

}  // namespace
}  // namespace liteflow::codegen
