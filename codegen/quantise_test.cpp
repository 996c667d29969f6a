// SPDX-License-Identifier: GPL-2.0
#include "codegen/quantise.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "codegen/bounds.h"
#include "codegen/error.h"
#include "codegen/fidelity.h"
#include "codegen/import.h"
#include "codegen/interpret.h"
#include "codegen/report.h"
#include "tests/codegen/shapes.h"

namespace liteflow::codegen {
namespace {

Network network_of(const Shape &shape, QuantiseOptions options = {}) {
  return quantise(shape.model, make_records(shape.model.n_in(), 7), options);
}

TEST(Tanh, TableIsItsFormula) {
  for (int i = 0; i <= 512; ++i)
    EXPECT_EQ(lf_tanh_table[i], std::lround(32767 * std::tanh((i - 256) / 32.0))) << i;
}

TEST(Tanh, StaysWithinItsStatedErrorAndMonotone) {
  double worst = 0;
  for (int z = -40000; z <= 40000; ++z) {
    const double argument = std::clamp(z / 4096.0, -8.0, 8.0);
    worst = std::max(worst, std::fabs(lf_tanh(z) / 32767.0 - std::tanh(argument)));
    EXPECT_GE(lf_tanh(z), lf_tanh(z - 1));
  }
  EXPECT_LE(worst, 1.3e-4);
  EXPECT_EQ(lf_tanh(std::int64_t{1} << 62), 32767);
  EXPECT_EQ(lf_tanh(-(std::int64_t{1} << 62)), -32767);
}

TEST(Fixed, ScaleRoundsHalfUp) {
  for (const std::int64_t v : {-9, -8, -7, -6, -5, -4, -1, 0, 1, 4, 5, 6, 7, 8, 9})
    EXPECT_EQ(lf_scale(v, 3, 2), static_cast<std::int64_t>(std::floor(double(v) * 3 / 4 + 0.5)));
  EXPECT_EQ(lf_scale(-0x7fffffff - 1, 0x7fffffff, 1), -(std::int64_t{1} << 30) * 0x7fffffff);
  EXPECT_EQ(lf_scale(0x7fffffff, 0x7fffffff, 62), 1);
}

TEST(Fixed, LanePairsAreExact) {
  const std::int16_t x[] = {32767, -32767, 1, -1, 0};
  for (const std::int64_t a : {-13106, -1, 0, 1, 13106})
    for (const std::int64_t b : {-13106, -1, 0, 1, 13106})
      for (unsigned mask = 0; mask < 32; ++mask) {
        __s64 lane[5], low = 0, high = 0;
        for (unsigned i = 0; i < 5; ++i) {
          const std::int64_t w0 = mask >> i & 1 ? a : -a, w1 = mask >> i & 1 ? -b : b;
          lane[i] = w0 + w1 * (std::int64_t{1} << 32);
          low += w0 * x[i];
          high += w1 * x[i];
        }
        std::int32_t acc[2];
        lf_split(lf_lane(lane, x, 5), acc);
        EXPECT_EQ(acc[0], low);
        EXPECT_EQ(acc[1], high);
      }
}

static_assert(kMaxInputs == LF_IN_MAX);

TEST(Quantise, EveryShapeIsProvedAndClose) {
  for (std::uint64_t seed = 1; seed <= 4; ++seed)
    for (const Shape &shape : make_shapes(seed)) {
      const Matrix records = make_records(shape.model.n_in(), 7);
      const Network network = quantise(shape.model, records, {});
      EXPECT_NO_THROW(verify(network)) << shape.name;
      for (const LayerBound &bound : layer_bounds(network)) {
        EXPECT_LE(bound.accumulator, 0x7fffffff) << shape.name;
        EXPECT_LE(bound.bits, 32) << shape.name;
      }
      const Ranges outputs = output_ranges(shape.model, records);
      for (const Draw kind : {Draw::uniform, Draw::near_record, Draw::corner}) {
        const Matrix inputs = draw(kind, 1000, clip_ranges(network), records, 5);
        const FidelityLoss loss = fidelity_loss(shape.model, network, inputs, outputs);
        EXPECT_LE(loss.worst_share, 0.01)
            << shape.name << " seed " << seed << " draw " << static_cast<int>(kind);
      }
    }
}

TEST(Quantise, NoReluSaturatesWithinItsClipRanges) {
  // Largest inputs everywhere: the output follows the float model.
  Model m = make_model(2);
  Linear linear{Matrix(3, 2), {0, 1, -1}};
  linear.weight.values = {100, 100, 0.05, 0, -3, 5};
  std::size_t node = add_activation(m, add_linear(m, 0, std::move(linear)), Function::relu);
  m = simplify(m, node);
  const Network network = quantise(m, make_records(2, 1), {});
  const Matrix corners = draw(Draw::corner, 64, clip_ranges(network), {}, 1);
  EXPECT_LE(fidelity_loss(m, network, corners, output_ranges(m, corners)).worst_share, 1e-3);
}

TEST(Quantise, ShapeDependsOnTheArchitectureOnly) {
  const auto a = make_shapes(1), b = make_shapes(2);
  for (std::size_t i = 0; i < a.size(); ++i) {
    const Network x = network_of(a[i]), y = network_of(b[i]);
    EXPECT_EQ(x.shape(), y.shape()) << a[i].name;
    EXPECT_EQ(x.params.size(), y.params.size());
    if (a[i].name != "identity") {
      EXPECT_NE(x.name(), y.name()) << a[i].name;
    }
  }
}

// Weights that are all zero, huge or tiny are the same architecture, too.
TEST(Quantise, ShapeSurvivesStrangeWeights) {
  const Model model = make_shapes(1)[0].model;
  const std::uint64_t shape = network_of({"", model}).shape();
  for (const double factor : {0.0, 1e-20, 1e-6, 1e3, 1e6}) {
    Model scaled = model;
    for (Node &node : scaled.nodes)
      if (auto *linear = std::get_if<Linear>(&node.operation)) {
        for (double &w : linear->weight.values) w *= factor;
        for (double &w : linear->bias) w *= factor;
      }
    const Network network = network_of({"", scaled});
    EXPECT_EQ(network.shape(), shape) << factor;
    EXPECT_NO_THROW(verify(network)) << factor;
  }
}

TEST(Quantise, EightBitWeightsStayWithin127) {
  QuantiseOptions options;
  options.weight_bits = 8;
  const Shape shape = make_shapes(1)[0];
  const Network network = network_of(shape, options);
  EXPECT_NO_THROW(verify(network));
  for (const LayerBound &bound : layer_bounds(network))
    EXPECT_LE(bound.accumulator, (127LL * bound.layer.n_in + 70000) * LF_ACT_MAX);
  EXPECT_EQ(network.shape(), network_of(shape).shape());
}

TEST(Quantise, CountsClippedInputs) {
  const Network network = network_of(make_shapes(1)[0]);
  std::vector<std::int32_t> in(30, 0), out(1);
  EXPECT_EQ(run(network, in, out), 0);
  in[3] = std::numeric_limits<std::int32_t>::max();
  in[4] = std::numeric_limits<std::int32_t>::min();
  EXPECT_EQ(run(network, in, out), 2);
}

TEST(Quantise, TakesFixedClipRangesAndSigma) {
  QuantiseOptions options;
  options.clip = Ranges(4, {-1, 3});
  options.sigma = 0.25;
  options.app = "sched";
  const Network network = quantise(make_shapes(1).at(22).model, make_records(4, 1), options);
  EXPECT_EQ(clip_ranges(network), *options.clip);
  EXPECT_EQ(network.header().sigma, 16384);
  EXPECT_EQ(network.name().rfind("lf_sched_", 0), 0u);
  EXPECT_EQ(network.name().size(), 9u + 16u);
}

void refuse(const Model &model, const QuantiseOptions &options, const std::string &why) {
  try {
    quantise(model, make_records(model.n_in(), 1), options);
    ADD_FAILURE() << "accepted; expected: " << why;
  } catch (const Error &e) {
    EXPECT_NE(std::string(e.what()).find(why), std::string::npos) << e.what();
  }
}

TEST(Quantise, RefusesWhatItCannotRepresent) {
  const Model model = make_shapes(1)[0].model;
  QuantiseOptions options;
  options.weight_bits = 4;
  refuse(model, options, "8 and 16");
  options = {};
  options.app = "Bad App";
  refuse(model, options, "name of an app");
  options = {};
  options.sigma = -1;
  refuse(model, options, "sigma");
  options = {};
  options.clip = Ranges(3, {-1, 1});
  refuse(model, options, "clip ranges");
  options.clip = Ranges(30, {1, 1});
  refuse(model, options, "empty or too wide");
  options = {};
  options.declared = Ranges(29, {-1, 1});
  refuse(model, options, "declared ranges");
  EXPECT_THROW(quantise(model, make_records(29, 1), {}), Error);
  EXPECT_THROW(quantise(model, Matrix(0, 30), {}), Error);

  Model many = make_model(2);
  Linear linear{Matrix(9, 2), std::vector<double>(9)};
  add_linear(many, 0, linear);
  refuse(many, {}, "number of outputs");
  Model large = make_model(128);
  std::size_t node = 0;
  for (const std::size_t n : {128, 128, 1}) {
    Linear wide{Matrix(n, large.nodes[node].width), std::vector<double>(n)};
    node = add_linear(large, node, wide);
  }
  refuse(large, {}, "parameters take");
  Model gain = make_model(1);
  Linear huge{Matrix(1, 1), {0}};
  huge.weight.values = {1e9};
  const std::size_t first = add_linear(gain, 0, huge);
  add_activation(gain, add_linear(gain, first, huge), Function::tanh);
  refuse(gain, {}, "too large for fixed point");
}

TEST(Report, HoldsWhatItPromises) {
  const Shape shape = make_shapes(1)[0];
  const Matrix records = make_records(30, 7);
  const Network network = quantise(shape.model, records, {});
  const Report report = make_report(shape.model, network, records);
  EXPECT_EQ(report.macs, 1488u);
  EXPECT_EQ(report.stack_bytes, 124u);
  EXPECT_EQ(report.table_bytes, 1026u);
  EXPECT_EQ(report.parameter_bytes, network.params.size());
  ASSERT_TRUE(report.code_bytes);
  EXPECT_LT(*report.code_bytes, 4096u);
  ASSERT_EQ(report.fidelity.size(), 4u);
  for (const auto &[name, loss] : report.fidelity) EXPECT_LE(loss.worst_share, 0.01) << name;
  const auto json = to_json(report);
  EXPECT_EQ(json["fidelity_loss"]["corner"]["rows"], kDraws);
  EXPECT_EQ(json["layers"].size(), 4u);
  EXPECT_EQ(json.dump(), to_json(make_report(shape.model, network, records)).dump());
  EXPECT_NE(to_text(report).find("near-record"), std::string::npos);
}

}  // namespace
}  // namespace liteflow::codegen
