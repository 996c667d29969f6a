// SPDX-License-Identifier: GPL-2.0
#include "tests/codegen/shapes.h"

#include <cmath>
#include <limits>
#include <random>
#include <utility>

#include "codegen/interpret.h"
#include "codegen/quantise.h"

namespace liteflow::codegen {
namespace {

class Builder {
 public:
  explicit Builder(std::uint64_t seed) : random_(seed) {}

  double uniform(double lo, double hi) {
    return lo + (hi - lo) * std::ldexp(static_cast<double>(random_() >> 11), -53);
  }

  Linear linear(std::size_t n_in, std::size_t n_out) {
    const double limit = 1.7 / std::sqrt(static_cast<double>(n_in));
    Linear result{Matrix(n_out, n_in), std::vector<double>(n_out)};
    for (double &w : result.weight.values) w = uniform(-limit, limit);
    for (double &b : result.bias) b = uniform(-0.5, 0.5);
    return result;
  }

  Affine affine(std::size_t n) {
    Affine result;
    for (std::size_t i = 0; i < n; ++i) {
      result.mul.push_back(uniform(0.3, 2) * (random_() & 1 ? 1 : -1));
      result.add.push_back(uniform(-2, 2));
    }
    return result;
  }

  std::size_t dense(Model &model, std::size_t input, std::size_t n_out) {
    return add_linear(model, input, linear(model.nodes[input].width, n_out));
  }

  Model mlp(const std::vector<std::size_t> &widths, Function function, double slope = 0) {
    Model model = make_model(widths[0]);
    std::size_t node = 0;
    for (std::size_t i = 1; i < widths.size(); ++i) {
      node = dense(model, node, widths[i]);
      if (i + 1 < widths.size()) node = add_activation(model, node, function, slope);
    }
    return simplify(model, node);
  }

  Model mlp_ending_in(const std::vector<std::size_t> &widths, Function function, Function last) {
    Model model = mlp(widths, function);
    return simplify(model, add_activation(model, model.nodes.size() - 1, last));
  }

 private:
  std::mt19937_64 random_;
};

// History and a preference that passes through a network of its own.
Model preference_network(Builder &b) {
  Model m = make_model(33);
  const std::size_t history = add_slice(m, 0, 0, 30);
  const std::size_t preference =
      add_activation(m, b.dense(m, add_slice(m, 0, 30, 33), 16), Function::tanh);
  std::size_t node = add_concat(m, {history, preference});
  for (const std::size_t n : {64, 32})
    node = add_activation(m, b.dense(m, node, n), Function::tanh);
  return simplify(m, b.dense(m, node, 1));
}

Model residual_concat(Builder &b) {
  Model m = make_model(9);
  const std::size_t a = add_activation(m, b.dense(m, 0, 7), Function::relu);
  const std::size_t c = add_activation(m, b.dense(m, a, 5), Function::sigmoid);
  const std::size_t all = add_concat(m, {0, a, c, a});
  return simplify(m, b.dense(m, add_activation(m, all, Function::tanh), 3));
}

Model normalised(Builder &b) {
  Model m = make_model(6);
  std::size_t node = add_affine(m, 0, b.affine(6));
  node = add_activation(m, b.dense(m, node, 10), Function::leaky_relu, 0.05);
  node = add_affine(m, node, b.affine(10));
  node = add_affine(m, b.dense(m, node, 4), b.affine(4));
  return simplify(m, add_affine(m, add_activation(m, node, Function::tanh), b.affine(4)));
}

Model elementwise(Builder &b) {
  Model m = make_model(5);
  const std::size_t node = add_activation(m, add_affine(m, 0, b.affine(5)), Function::sigmoid);
  return simplify(m, add_affine(m, node, b.affine(5)));
}

Model reordered(Builder &b) {
  Model m = make_model(8);
  const std::size_t twisted =
      add_concat(m, {add_slice(m, 0, 5, 8), add_slice(m, 0, 0, 2), add_slice(m, 0, 1, 6)});
  return simplify(m, add_activation(m, b.dense(m, twisted, 3), Function::relu));
}

Model shared_linear(Builder &b) {
  Model m = make_model(4);
  const std::size_t a = b.dense(m, 0, 6);
  const std::size_t both = add_concat(m, {add_activation(m, a, Function::relu), a});
  return simplify(m, b.dense(m, add_slice(m, both, 2, 11), 2));
}

Model joined_outputs(Builder &b) {
  Model m = make_model(3);
  const std::size_t a = add_activation(m, b.dense(m, 0, 2), Function::tanh);
  const std::size_t c = add_activation(m, b.dense(m, 0, 3), Function::leaky_relu, 0.3);
  return simplify(m, add_concat(m, {a, c}));
}

Model identity() { return make_model(4); }

}  // namespace

std::vector<Shape> make_shapes(std::uint64_t seed) {
  Builder b(seed);
  using F = Function;
  std::vector<Shape> shapes;
  const auto add = [&](const char *name, Model model) { shapes.push_back({name, std::move(model)}); };
  add("aurora", b.mlp({30, 32, 16, 1}, F::tanh));
  add("preference", preference_network(b));
  add("flow_size", b.mlp_ending_in({55, 5, 5, 1}, F::relu, F::sigmoid));
  add("leaky", b.mlp({7, 13, 3}, F::leaky_relu, 0.1));
  add("one_wide", b.mlp({1, 1, 1}, F::tanh));
  add("one_linear", b.mlp({1, 1}, F::tanh));
  add("odd", b.mlp({3, 5, 7, 3}, F::relu));
  add("paths", b.mlp({24, 16, 8}, F::relu));
  add("deep", b.mlp({8, 9, 9, 9, 9, 9, 9, 9, 2}, F::relu));
  add("deep_tanh", b.mlp({6, 11, 11, 11, 11, 11, 1}, F::tanh));
  add("wide", b.mlp({128, 48, 8}, F::relu));
  add("narrow", b.mlp({12, 1, 12, 1}, F::leaky_relu, 0.5));
  add("sigmoids", b.mlp({10, 17, 5, 1}, F::sigmoid));
  add("linear_only", b.mlp({5, 4, 3}, F::leaky_relu, 1));
  add("relu_out", b.mlp_ending_in({4, 15, 2}, F::tanh, F::relu));
  add("tanh_out", b.mlp_ending_in({31, 33, 2}, F::relu, F::tanh));
  add("residual_concat", residual_concat(b));
  add("normalised", normalised(b));
  add("elementwise", elementwise(b));
  add("reordered", reordered(b));
  add("shared_linear", shared_linear(b));
  add("joined_outputs", joined_outputs(b));
  add("identity", identity());
  add("pairs_of_four", b.mlp({16, 40, 24, 8}, F::tanh));
  return shapes;
}

Matrix make_records(std::size_t columns, std::uint64_t seed) {
  Builder b(seed);
  Matrix records(500, columns);
  for (double &x : records.values) x = b.uniform(-2, 2);
  return records;
}

std::vector<std::int32_t> make_vectors(const Network &network, std::size_t rows,
                                       std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const Ranges ranges = clip_ranges(network);
  const Matrix inside = draw(Draw::uniform, rows, ranges, {}, seed);
  const Matrix corners = draw(Draw::corner, rows, ranges, {}, seed);
  constexpr auto kMin = std::numeric_limits<std::int32_t>::min();
  constexpr auto kMax = std::numeric_limits<std::int32_t>::max();
  std::vector<std::int32_t> vectors;
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t c = 0; c < ranges.size(); ++c) {
      const std::uint64_t word = random();
      const std::int32_t ends[] = {kMin, kMax, 0, to_q16(ranges[c].first), to_q16(ranges[c].second)};
      switch (r % 8) {
        case 0: case 1: case 2: vectors.push_back(to_q16(corners(r, c))); break;
        case 3: vectors.push_back(ends[word % 5]); break;
        case 4: vectors.push_back(static_cast<std::int32_t>(word)); break;
        default: vectors.push_back(to_q16(inside(r, c)));
      }
    }
  return vectors;
}

}  // namespace liteflow::codegen
