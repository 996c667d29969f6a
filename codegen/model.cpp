// SPDX-License-Identifier: GPL-2.0
#include "codegen/model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "codegen/error.h"

namespace liteflow::codegen {
namespace {

using Vector = std::vector<double>;

std::size_t add(Model &model, Node node) {
  if (!node.width) throw Error("an operation has no outputs");
  model.nodes.push_back(std::move(node));
  return model.nodes.size() - 1;
}

Vector multiply(const Linear &linear, const Vector &x) {
  Vector y = linear.bias;
  for (std::size_t r = 0; r < y.size(); ++r)
    for (std::size_t c = 0; c < x.size(); ++c) y[r] += linear.weight(r, c) * x[c];
  return y;
}

struct Evaluator {
  const Node &node;
  const std::vector<Vector> &values;
  const Vector &x;  // of the first input

  Vector operator()(const Input &) const { return x; }
  Vector operator()(const Linear &linear) const { return multiply(linear, x); }
  Vector operator()(const Activation &activation) const {
    Vector y = x;
    for (double &v : y) v = apply(activation, v);
    return y;
  }
  Vector operator()(const Affine &affine) const {
    Vector y = x;
    for (std::size_t i = 0; i < y.size(); ++i) y[i] = y[i] * affine.mul[i] + affine.add[i];
    return y;
  }
  Vector operator()(const Slice &slice) const {
    const auto first = x.begin() + static_cast<std::ptrdiff_t>(slice.begin);
    return Vector(first, first + static_cast<std::ptrdiff_t>(node.width));
  }
  Vector operator()(const Concat &) const {
    Vector y;
    for (const std::size_t input : node.inputs)
      y.insert(y.end(), values[input].begin(), values[input].end());
    return y;
  }
};

std::vector<std::size_t> count_uses(const Model &model, std::size_t output) {
  std::vector<std::size_t> uses(model.nodes.size());
  uses[output] = 1;
  for (std::size_t i = output + 1; i-- > 0;)
    if (uses[i])
      for (const std::size_t input : model.nodes[i].inputs) ++uses[input];
  return uses;
}

// y = affine(x) where x is already `before`: one operation instead of two.
Linear fold(Linear before, const Affine &affine) {
  for (std::size_t r = 0; r < before.bias.size(); ++r) {
    for (std::size_t c = 0; c < before.weight.columns; ++c) before.weight(r, c) *= affine.mul[r];
    before.bias[r] = before.bias[r] * affine.mul[r] + affine.add[r];
  }
  return before;
}

Affine fold(Affine before, const Affine &affine) {
  for (std::size_t i = 0; i < before.mul.size(); ++i) {
    before.mul[i] *= affine.mul[i];
    before.add[i] = before.add[i] * affine.mul[i] + affine.add[i];
  }
  return before;
}

// Folds `node`, whose inputs are indices of `model`, into its input there.
// Returns that input's index, or nothing where the node must stay.
std::optional<std::size_t> fold_into(Model &model, const Node &node, bool input_is_shared) {
  if (node.inputs.empty()) return {};
  const std::size_t index = node.inputs[0];
  Node &before = model.nodes[index];
  if (std::holds_alternative<Slice>(node.operation) && node.width == before.width) return index;
  if (std::holds_alternative<Concat>(node.operation) && node.inputs.size() == 1) return index;
  const auto *affine = std::get_if<Affine>(&node.operation);
  if (!affine || input_is_shared) return {};
  if (auto *linear = std::get_if<Linear>(&before.operation)) {
    *linear = fold(std::move(*linear), *affine);
    return index;
  }
  if (auto *constants = std::get_if<Affine>(&before.operation)) {
    *constants = fold(std::move(*constants), *affine);
    return index;
  }
  return {};
}

}  // namespace

const char *name_of(Function function) {
  switch (function) {
    case Function::relu: return "relu";
    case Function::leaky_relu: return "leaky_relu";
    case Function::tanh: return "tanh";
    case Function::sigmoid: return "sigmoid";
  }
  return "";
}

double apply(const Activation &activation, double x) {
  switch (activation.function) {
    case Function::relu: return x < 0 ? 0 : x;
    case Function::leaky_relu: return x < 0 ? x * activation.slope : x;
    case Function::tanh: return std::tanh(x);
    case Function::sigmoid: return 1 / (1 + std::exp(-x));
  }
  return 0;
}

Model make_model(std::size_t n_in) {
  Model model;
  add(model, {Input{}, {}, n_in});
  return model;
}

std::size_t add_linear(Model &model, std::size_t input, Linear linear) {
  const std::size_t width = linear.weight.rows;
  if (linear.weight.columns != model.nodes[input].width)
    throw Error(fmt::format("linear expects {} inputs and gets {}", linear.weight.columns,
                            model.nodes[input].width));
  if (linear.bias.empty()) linear.bias.resize(width);
  if (linear.bias.size() != width)
    throw Error(fmt::format("linear has {} outputs and {} biases", width, linear.bias.size()));
  return add(model, {std::move(linear), {input}, width});
}

std::size_t add_activation(Model &model, std::size_t input, Function function, double slope) {
  return add(model, {Activation{function, slope}, {input}, model.nodes[input].width});
}

std::size_t add_affine(Model &model, std::size_t input, Affine affine) {
  const std::size_t width = model.nodes[input].width;
  if (affine.mul.size() != width || affine.add.size() != width)
    throw Error(fmt::format("a constant has {} values where {} or 1 are needed",
                            std::max(affine.mul.size(), affine.add.size()), width));
  return add(model, {std::move(affine), {input}, width});
}

std::size_t add_slice(Model &model, std::size_t input, std::size_t begin, std::size_t end) {
  if (begin >= end || end > model.nodes[input].width)
    throw Error(fmt::format("slice [{}:{}] of {} values", begin, end, model.nodes[input].width));
  return add(model, {Slice{begin}, {input}, end - begin});
}

std::size_t add_concat(Model &model, std::vector<std::size_t> inputs) {
  if (inputs.empty()) throw Error("concatenation of nothing");
  std::size_t width = 0;
  for (const std::size_t input : inputs) width += model.nodes[input].width;
  return add(model, {Concat{}, std::move(inputs), width});
}

Model simplify(const Model &model, std::size_t output) {
  const std::vector<std::size_t> uses = count_uses(model, output);
  Model result;
  std::vector<std::size_t> where(model.nodes.size());  // old index -> new
  std::vector<bool> shared;                            // by new index
  for (std::size_t i = 0; i <= output; ++i) {
    if (!uses[i] && i != 0) continue;  // the input stays, used or not
    Node node = model.nodes[i];
    for (std::size_t &input : node.inputs) input = where[input];
    const bool input_is_shared = !node.inputs.empty() && shared[node.inputs[0]];
    if (const auto index = fold_into(result, node, input_is_shared)) {
      where[i] = *index;
      shared[*index] = shared[*index] || uses[i] > 1;
      continue;
    }
    where[i] = add(result, std::move(node));
    shared.push_back(uses[i] > 1);
  }
  return result;
}

std::vector<Vector> evaluate_nodes(const Model &model, std::span<const double> in) {
  if (in.size() != model.n_in())
    throw Error(fmt::format("{} values for a model of {} inputs", in.size(), model.n_in()));
  std::vector<Vector> values;
  values.reserve(model.nodes.size());
  const Vector input(in.begin(), in.end());
  for (const Node &node : model.nodes) {
    const Vector &x = node.inputs.empty() ? input : values[node.inputs[0]];
    values.push_back(std::visit(Evaluator{node, values, x}, node.operation));
  }
  return values;
}

Vector evaluate(const Model &model, std::span<const double> in) {
  return evaluate_nodes(model, in).back();
}

Matrix evaluate(const Model &model, const Matrix &inputs) {
  if (inputs.columns != model.n_in())
    throw Error(fmt::format("{} columns for a model of {} inputs", inputs.columns, model.n_in()));
  Matrix outputs(inputs.rows, model.n_out());
  for (std::size_t r = 0; r < inputs.rows; ++r) {
    const Vector y = evaluate(model, std::span(&inputs.values[r * inputs.columns], inputs.columns));
    std::copy(y.begin(), y.end(), &outputs(r, 0));
  }
  return outputs;
}

}  // namespace liteflow::codegen
