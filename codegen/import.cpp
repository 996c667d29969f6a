// SPDX-License-Identifier: GPL-2.0
#include "codegen/import.h"

#include <fmt/format.h>
#include <torch/csrc/jit/passes/constant_propagation.h>
#include <torch/csrc/jit/passes/dead_code_elimination.h>
#include <torch/csrc/jit/passes/freeze_module.h>
#include <torch/csrc/jit/passes/inliner.h>
#include <torch/script.h>

#include <cmath>
#include <filesystem>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <sstream>

#include "codegen/error.h"

namespace liteflow::codegen {
namespace {

namespace jit = torch::jit;

constexpr double kWeightMax = 1e9;  // beyond it nothing is left of Q16.16
constexpr const char *kSupported =
    "supported are linear, matmul, addmm, relu, leaky_relu, tanh, sigmoid, cat, slice and "
    "add/sub/mul/div by constants";

// Widths don't fit: another number of inputs may.
struct Misfit : Error {
  using Error::Error;
};

std::string first_line(const std::string &text) { return text.substr(0, text.find('\n')); }

std::string operator_name(const jit::Node *node) { return node->kind().toQualString(); }

// "aten::conv2d (line 12 of model.py)"
std::string describe(const jit::Node *node) {
  const auto place = node->sourceRange().file_line_col();
  if (!place) return operator_name(node);
  const auto &[file, line, column] = *place;
  return fmt::format("{} (line {} of {})", operator_name(node), line,
                     std::filesystem::path(file).filename().string());
}

[[noreturn]] void refuse(const jit::Node *node, const std::string &why) {
  throw Error(fmt::format("{}: {}", describe(node), why));
}

// A constant's values, in C order whatever its strides.
std::vector<double> to_values(const at::Tensor &tensor, const jit::Node *node) {
  if (tensor.layout() != at::kStrided || tensor.is_quantized() || tensor.is_complex())
    refuse(node, "constant is not a plain tensor; save the model in float32");
  const at::Tensor dense = tensor.detach().to(at::kCPU, at::kDouble).contiguous();
  const double *data = dense.data_ptr<double>();
  std::vector<double> values(data, data + dense.numel());
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!std::isfinite(values[i]) || std::fabs(values[i]) > kWeightMax)
      refuse(node, fmt::format("weight {} of {} is {}, not a finite number within +-{:g}; "
                               "train the model again",
                               i, values.size(), values[i], kWeightMax));
  return values;
}

Matrix to_matrix(const at::Tensor &tensor, const jit::Node *node) {
  if (tensor.dim() != 2) refuse(node, "its weight is not a matrix");
  Matrix matrix;
  matrix.rows = static_cast<std::size_t>(tensor.size(0));
  matrix.columns = static_cast<std::size_t>(tensor.size(1));
  matrix.values = to_values(tensor, node);
  return matrix;
}

// One pass over a graph, for one number of inputs.
class Importer {
 public:
  Importer(const jit::Graph &graph, const jit::Value *input, std::size_t n_in)
      : graph_(graph), model_(make_model(n_in)) {
    values_[input] = 0;
  }

  Model run();

 private:
  using Handler = void (Importer::*)(const jit::Node *);
  static const std::map<std::string, Handler> &handlers();
  friend void check_operators(const jit::Block *block);

  void skip(const jit::Node *) {}
  void linear(const jit::Node *node);
  void matmul(const jit::Node *node);
  void addmm(const jit::Node *node);
  void activation(const jit::Node *node);
  void cat(const jit::Node *node);
  void slice(const jit::Node *node);
  void arithmetic(const jit::Node *node);
  void negate(const jit::Node *node);
  void dropout(const jit::Node *node);
  void identity(const jit::Node *node);

  std::size_t operand(const jit::Node *node, std::size_t i) const;
  bool is_constant(const jit::Node *node, std::size_t i) const;
  c10::IValue constant(const jit::Node *node, std::size_t i) const;
  double scalar(const jit::Node *node, std::size_t i) const;
  std::vector<double> constant_vector(const jit::Node *node, std::size_t i,
                                      std::size_t width) const;
  void set(const jit::Node *node, std::size_t index);
  std::size_t width(std::size_t index) const { return model_.nodes[index].width; }

  const jit::Graph &graph_;
  Model model_;
  std::map<const jit::Value *, std::size_t> values_;
  std::set<std::size_t> viewed_;  // nodes that share memory with another one
};

const std::map<std::string, Importer::Handler> &Importer::handlers() {
  static const std::map<std::string, Handler> table = {
      {"prim::Constant", &Importer::skip},
      {"prim::ListConstruct", &Importer::skip},
      {"aten::linear", &Importer::linear},
      {"aten::matmul", &Importer::matmul},
      {"aten::mm", &Importer::matmul},
      {"aten::addmm", &Importer::addmm},
      {"aten::relu", &Importer::activation},
      {"aten::relu_", &Importer::activation},
      {"aten::leaky_relu", &Importer::activation},
      {"aten::leaky_relu_", &Importer::activation},
      {"aten::tanh", &Importer::activation},
      {"aten::tanh_", &Importer::activation},
      {"aten::sigmoid", &Importer::activation},
      {"aten::sigmoid_", &Importer::activation},
      {"aten::cat", &Importer::cat},
      {"aten::slice", &Importer::slice},
      {"aten::add", &Importer::arithmetic},
      {"aten::add_", &Importer::arithmetic},
      {"aten::sub", &Importer::arithmetic},
      {"aten::sub_", &Importer::arithmetic},
      {"aten::rsub", &Importer::arithmetic},
      {"aten::neg", &Importer::negate},
      {"aten::mul", &Importer::arithmetic},
      {"aten::mul_", &Importer::arithmetic},
      {"aten::div", &Importer::arithmetic},
      {"aten::div_", &Importer::arithmetic},
      {"aten::dropout", &Importer::dropout},
      {"aten::contiguous", &Importer::identity},
      {"aten::detach", &Importer::identity},
  };
  return table;
}

// Refuses by name, before any width is tried, what can never be imported.
void check_operators(const jit::Block *block) {
  for (const jit::Node *node : block->nodes())
    if (!node->blocks().empty())
      refuse(node, "control flow can't be imported; trace the model instead of scripting it, or "
                   "take the condition out of forward");
  for (const jit::Node *node : block->nodes())
    if (!Importer::handlers().count(operator_name(node)))
      refuse(node, fmt::format("operator is not supported; {}", kSupported));
}

bool Importer::is_constant(const jit::Node *node, std::size_t i) const {
  return !values_.count(node->input(i)) && jit::toIValue(node->input(i)).has_value();
}

std::size_t Importer::operand(const jit::Node *node, std::size_t i) const {
  const auto found = values_.find(node->input(i));
  if (found == values_.end())
    refuse(node, fmt::format("its operand {} must come from the model's input", i + 1));
  return found->second;
}

c10::IValue Importer::constant(const jit::Node *node, std::size_t i) const {
  auto value = jit::toIValue(node->input(i));
  if (!value || values_.count(node->input(i)))
    refuse(node, fmt::format("its operand {} must be a constant", i + 1));
  return *value;
}

double Importer::scalar(const jit::Node *node, std::size_t i) const {
  const c10::IValue value = constant(node, i);
  if (!value.isScalar()) refuse(node, fmt::format("its operand {} must be a number", i + 1));
  const double number = value.toScalar().toDouble();
  if (!std::isfinite(number) || std::fabs(number) > kWeightMax)
    refuse(node, fmt::format("constant {} is not a finite number within +-{:g}", number,
                             kWeightMax));
  return number;
}

// A number, or a tensor of 1 or `width` values along the last dimension.
std::vector<double> Importer::constant_vector(const jit::Node *node, std::size_t i,
                                              std::size_t width) const {
  const c10::IValue value = constant(node, i);
  if (!value.isTensor()) return std::vector<double>(width, scalar(node, i));
  const at::Tensor tensor = value.toTensor();
  std::vector<double> values = to_values(tensor, node);
  if (values.size() == 1) return std::vector<double>(width, values[0]);
  if (tensor.size(-1) != tensor.numel())
    refuse(node, "constant has more than one row; use one value per channel");
  if (values.size() != width)
    throw Misfit(fmt::format("{}: constant of {} values meets {}", describe(node), values.size(),
                             width));
  return values;
}

// Binds a result. An operator in place (name_) changes every alias of its
// operand; where only a part of it is viewed that can't be followed.
void Importer::set(const jit::Node *node, std::size_t index) {
  if (operator_name(node).back() == '_') {
    const std::size_t before = operand(node, 0);
    if (viewed_.count(before))
      refuse(node, "changes in place a tensor that is sliced; use the form that is not in place");
    for (auto &[value, bound] : values_)
      if (bound == before) bound = index;
  }
  values_[node->output()] = index;
}

void Importer::linear(const jit::Node *node) {
  Linear linear{to_matrix(constant(node, 1).toTensor(), node), {}};
  const c10::IValue bias = constant(node, 2);
  if (bias.isTensor()) linear.bias = to_values(bias.toTensor(), node);
  set(node, add_linear(model_, operand(node, 0), std::move(linear)));
}

void Importer::matmul(const jit::Node *node) {
  if (is_constant(node, 0)) refuse(node, "the constant must be the second operand: x @ weight");
  const c10::IValue weight = constant(node, 1);
  if (!weight.isTensor() || weight.toTensor().dim() != 2) refuse(node, "its weight is not a matrix");
  Linear linear{to_matrix(weight.toTensor().t(), node), {}};
  set(node, add_linear(model_, operand(node, 0), std::move(linear)));
}

void Importer::addmm(const jit::Node *node) {
  if (scalar(node, 3) != 1 || scalar(node, 4) != 1)
    refuse(node, "only alpha = beta = 1 can be imported");
  const c10::IValue weight = constant(node, 2);
  if (!weight.isTensor() || weight.toTensor().dim() != 2) refuse(node, "its weight is not a matrix");
  Linear linear{to_matrix(weight.toTensor().t(), node), {}};
  linear.bias = constant_vector(node, 0, linear.weight.rows);
  set(node, add_linear(model_, operand(node, 1), std::move(linear)));
}

void Importer::activation(const jit::Node *node) {
  std::string name = node->kind().toUnqualString();
  if (name.back() == '_') name.pop_back();
  const std::size_t x = operand(node, 0);
  if (name == "leaky_relu")
    set(node, add_activation(model_, x, Function::leaky_relu, scalar(node, 1)));
  else if (name == "relu")
    set(node, add_activation(model_, x, Function::relu));
  else
    set(node, add_activation(model_, x, name == "tanh" ? Function::tanh : Function::sigmoid));
}

void Importer::cat(const jit::Node *node) {
  const jit::Node *list = node->input(0)->node();
  if (operator_name(list) != "prim::ListConstruct")
    refuse(node, "its operands must be listed in place");
  const std::int64_t dim = constant(node, 1).toInt();
  if (dim != 1 && dim != -1) refuse(node, "concatenates along another dimension than the last");
  std::vector<std::size_t> inputs;
  for (std::size_t i = 0; i < list->inputs().size(); ++i) inputs.push_back(operand(list, i));
  set(node, add_concat(model_, std::move(inputs)));
}

void Importer::slice(const jit::Node *node) {
  const std::int64_t dim = constant(node, 1).toInt();
  const c10::IValue first = constant(node, 2), last = constant(node, 3);
  constexpr std::int64_t kEnd = std::numeric_limits<std::int64_t>::max();
  std::int64_t begin = first.isNone() ? 0 : first.toInt();
  std::int64_t end = last.isNone() ? kEnd : last.toInt();
  if (constant(node, 4).toInt() != 1) refuse(node, "only slices of step 1 can be imported");
  const std::size_t x = operand(node, 0);
  if (dim == 0 && begin == 0 && end == kEnd) return set(node, x);  // the whole batch
  if (dim != 1 && dim != -1) refuse(node, "slices the batch; write x[:, a:b]");
  const auto n = static_cast<std::int64_t>(width(x));
  if (begin < 0) begin += n;
  if (end < 0) end += n;
  if (end == kEnd) end = n;
  // torch would cut a slice that reaches too far; here it shows a wrong width.
  if (begin < 0 || end > n || begin >= end)
    throw Misfit(fmt::format("{}: slice of values {} to {} of {}", describe(node), begin, end, n));
  const std::size_t index =
      add_slice(model_, x, static_cast<std::size_t>(begin), static_cast<std::size_t>(end));
  viewed_.insert({x, index});
  set(node, index);
}

void Importer::arithmetic(const jit::Node *node) {
  std::string name = node->kind().toUnqualString();
  if (name.back() == '_') name.pop_back();
  const std::size_t c = is_constant(node, 0) ? 0 : 1, x = 1 - c;
  if (!is_constant(node, c)) refuse(node, "one operand must be a constant");
  if (name != "mul" && name != "div" && scalar(node, 2) != 1)
    refuse(node, "only alpha = 1 can be imported");
  if (name == "div" && node->inputs().size() > 2 && !constant(node, 2).isNone())
    refuse(node, "division that rounds can't be imported");
  const std::size_t n = width(operand(node, x));
  std::vector<double> values = constant_vector(node, c, n);
  Affine affine{std::vector<double>(n, 1), std::vector<double>(n, 0)};
  if (name == "mul") {
    affine.mul = std::move(values);
  } else if (name == "div") {
    if (c == 0) refuse(node, "division of a constant by a value can't be imported");
    for (std::size_t i = 0; i < n; ++i) {
      affine.mul[i] = 1 / values[i];
      if (!(std::fabs(affine.mul[i]) <= kWeightMax)) refuse(node, "division by (almost) zero");
    }
  } else if (name == "add") {
    affine.add = std::move(values);
  } else {  // x - c, or c - x: sub with the constant first, rsub with it second
    const bool negate = (name == "rsub") == (c == 1);
    for (std::size_t i = 0; i < n; ++i) affine.add[i] = negate ? values[i] : -values[i];
    if (negate) affine.mul.assign(n, -1);
  }
  set(node, add_affine(model_, operand(node, x), std::move(affine)));
}

void Importer::negate(const jit::Node *node) {
  const std::size_t x = operand(node, 0), n = width(x);
  set(node, add_affine(model_, x, {std::vector<double>(n, -1), std::vector<double>(n, 0)}));
}

void Importer::dropout(const jit::Node *node) {
  if (constant(node, 2).toBool())
    refuse(node, "dropout in training mode; call model.eval() before tracing");
  set(node, operand(node, 0));
}

void Importer::identity(const jit::Node *node) { set(node, operand(node, 0)); }

Model Importer::run() {
  for (const jit::Node *node : graph_.nodes()) {
    const Handler handler = handlers().at(operator_name(node));
    try {
      (this->*handler)(node);
    } catch (const Misfit &) {
      throw;
    } catch (const Error &e) {
      // add_*: widths that don't fit each other, without the operator's name
      const std::string what = e.what();
      if (what.rfind(operator_name(node), 0) == 0) throw;
      throw Misfit(fmt::format("{}: {}", describe(node), what));
    }
  }
  const auto output = values_.find(graph_.outputs()[0]);
  if (output == values_.end()) throw Error("forward's result doesn't depend on its input");
  return simplify(model_, output->second);
}

// Throws unless forward is one tensor to one tensor. Returns the input.
const jit::Value *check_signature(const jit::Graph &graph) {
  const jit::Value *input = nullptr;
  for (const jit::Value *value : graph.inputs()) {
    if (value->type()->kind() == c10::TypeKind::ClassType) continue;  // self
    if (value->type()->kind() != c10::TypeKind::TensorType || input)
      throw Error(fmt::format("forward takes '{}' ({}); it must take one tensor and nothing else",
                              value->debugName(), value->type()->str()));
    input = value;
  }
  if (!input) throw Error("forward takes no tensor");
  if (graph.outputs().size() != 1 ||
      graph.outputs()[0]->type()->kind() != c10::TypeKind::TensorType)
    throw Error("forward must return one tensor; wrap the model so that it returns only the answer");
  return input;
}

Model convert(const jit::Graph &graph, std::size_t columns) {
  const jit::Value *input = check_signature(graph);
  check_operators(graph.block());
  std::optional<Misfit> misfit;
  for (std::size_t n = 1; n <= kMaxInputs; ++n) {
    if (columns && n != columns) continue;
    try {
      return Importer(graph, input, n).run();
    } catch (const Misfit &e) {
      misfit = e;
    }
  }
  if (columns > kMaxInputs)
    throw Error(fmt::format("{} inputs; {} at most", columns, kMaxInputs));
  if (columns)
    throw Error(fmt::format("the model doesn't take {} inputs: {}", columns, misfit->what()));
  throw Error(fmt::format("no number of inputs from 1 to {} fits; with {}: {}", kMaxInputs,
                          kMaxInputs, misfit->what()));
}

std::shared_ptr<jit::Graph> frozen_graph(jit::Module module) {
  if (!module.find_method("forward"))
    throw Error("has no forward; save a scripted or traced module (torch::save of a C++ module "
                "doesn't hold one: use jit::Module and define)");
  for (jit::Module child : module.modules())
    if (!child.hasattr("training")) child.register_attribute("training", c10::BoolType::get(), true);
  module.eval();
  module = jit::freeze_module(module);
  std::shared_ptr<jit::Graph> graph = module.get_method("forward").graph()->copy();
  jit::Inline(*graph);
  jit::ConstantPropagation(graph);
  jit::EliminateDeadCode(graph);
  return graph;
}

template <class Source>
Model import_from(Source &&source, const std::string &name, std::size_t columns) {
  std::optional<jit::Module> module;
  try {
    module = jit::load(std::forward<Source>(source));
  } catch (const std::exception &e) {
    throw Error(fmt::format("{}: not a TorchScript file (write it with torch.jit.save): {}", name,
                            first_line(e.what())));
  }
  try {
    return convert(*frozen_graph(*module), columns);
  } catch (const Error &e) {
    throw Error(fmt::format("{}: {}", name, e.what()));
  } catch (const std::exception &e) {
    throw Error(fmt::format("{}: can't be frozen for inference: {}", name, first_line(e.what())));
  }
}

}  // namespace

Model import_model(const std::string &path, std::size_t columns) {
  if (!std::filesystem::is_regular_file(path))
    throw Error(fmt::format("{}: no such file", path));
  return import_from(path, path, columns);
}

Model import_model_bytes(const std::string &bytes, std::size_t columns) {
  std::istringstream stream(bytes);
  return import_from(static_cast<std::istream &>(stream), "model", columns);
}

}  // namespace liteflow::codegen
