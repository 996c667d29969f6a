// SPDX-License-Identifier: GPL-2.0
// Float model: a graph of vector operations, as imported and before it is
// quantised. Every value is one vector; batches exist only outside.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "codegen/matrix.h"

namespace liteflow::codegen {

enum class Function { relu, leaky_relu, tanh, sigmoid };

const char *name_of(Function function);

struct Input {};

struct Linear {  // y = weight x + bias
  Matrix weight;  // width x input width
  std::vector<double> bias;
};

struct Activation {
  Function function = Function::relu;
  double slope = 0;  // leaky_relu: y = slope * x for x < 0
};

struct Affine {  // y[i] = mul[i] * x[i] + add[i]
  std::vector<double> mul, add;
};

struct Slice {  // y[i] = x[begin + i]
  std::size_t begin = 0;
};

struct Concat {};  // the inputs one after the other

struct Node {
  std::variant<Input, Linear, Activation, Affine, Slice, Concat> operation;
  std::vector<std::size_t> inputs;  // node indices, all smaller than its own
  std::size_t width = 0;
};

// nodes[0] is the one input, the last node the output.
struct Model {
  std::vector<Node> nodes;

  std::size_t n_in() const { return nodes.front().width; }
  std::size_t n_out() const { return nodes.back().width; }
};

// Starts a model of n_in inputs. The add functions return the new node's index
// and throw Error where widths don't fit; the text then lacks the file's name.
Model make_model(std::size_t n_in);
std::size_t add_linear(Model &model, std::size_t input, Linear linear);
std::size_t add_activation(Model &model, std::size_t input, Function function, double slope = 0);
std::size_t add_affine(Model &model, std::size_t input, Affine affine);
std::size_t add_slice(Model &model, std::size_t input, std::size_t begin, std::size_t end);
std::size_t add_concat(Model &model, std::vector<std::size_t> inputs);

// Makes `output` the last node, drops what it doesn't need and folds constants
// into the linear operation or constant before them. What is folded depends on
// the graph only, never on a value: tuned weights keep their shape.
Model simplify(const Model &model, std::size_t output);

// The value of every node, in double precision. in: n_in application values.
std::vector<std::vector<double>> evaluate_nodes(const Model &model, std::span<const double> in);

// The output for one input row, or for every row of a matrix (rows x n_out).
std::vector<double> evaluate(const Model &model, std::span<const double> in);
Matrix evaluate(const Model &model, const Matrix &inputs);

// An activation's value, and one operation on the values of its inputs.
double apply(const Activation &activation, double x);

}  // namespace liteflow::codegen
