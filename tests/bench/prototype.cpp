// SPDX-License-Identifier: GPL-2.0
#include "tests/bench/prototype.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "codegen/error.h"

namespace liteflow::bench {
namespace {

using codegen::Model;
using codegen::Node;

// real = scale * (q - zero)
struct Format {
  double scale = 1;
  long long zero = 0;
};

Format format_of(double lo, double hi) {
  lo = std::min(lo, 0.0);
  hi = std::max(hi, 0.0);
  const double scale = std::max(hi - lo, 1e-9) / 255;
  return {scale, std::llround(-128 - lo / scale)};
}

// "(TERM * mantissa / 10000 >> exponent)" for a positive factor.
std::string times(const std::string &term, double factor) {
  int exponent = 0;
  const double mantissa = std::frexp(factor, &exponent);
  const auto digits = std::llround(std::floor(mantissa * 1e4));
  if (exponent > 0) return fmt::format("(({} * {} / 10000) << {})", term, digits, exponent);
  return fmt::format("(({} * {} / 10000) >> {})", term, digits, -exponent);
}

std::string plus(long long constant) {
  return fmt::format(" {} {}", constant < 0 ? "-" : "+", std::llabs(constant));
}

struct Layer {
  std::string body;
  std::size_t width;
};

Layer quantise(std::size_t width, const Format &format) {
  Layer layer{{}, width};
  for (std::size_t i = 0; i < width; ++i)
    layer.body += fmt::format("\tout[{0}] = {1}{2};\n", i,
                              times(fmt::format("in[{}]", i), 1 / (kPrototypeScale * format.scale)),
                              plus(format.zero));
  return layer;
}

Layer linear(const codegen::Linear &node, const Format &from, const Format &to) {
  const Matrix &w = node.weight;
  double largest = 1e-9;
  for (const double v : w.values) largest = std::max(largest, std::fabs(v));
  const double unit = largest / 127;
  Layer layer{{}, w.rows};
  for (std::size_t r = 0; r < w.rows; ++r) {
    layer.body += fmt::format("\tout[{}] = ", r);
    for (std::size_t c = 0; c < w.columns; ++c)
      layer.body += fmt::format("(in[{}]{}) * {}{}", c, plus(-from.zero),
                                std::llround(w(r, c) / unit), c % 4 == 3 ? " +\n\t\t" : " + ");
    layer.body += fmt::format("{};\n", std::llround(node.bias[r] / (unit * from.scale)));
    layer.body +=
        fmt::format("\tout[{0}] = {1}{2};\n", r,
                    times(fmt::format("out[{}]", r), unit * from.scale / to.scale), plus(to.zero));
  }
  return layer;
}

Layer table_tanh(std::size_t width, const Format &from, const Format &to) {
  constexpr long long kUnit = 1000000;  // scales are decimal fractions here
  const auto scale = [](const Format &f) { return std::llround(f.scale * kUnit); };
  Layer layer{{}, width};
  for (std::size_t i = 0; i < width; ++i)
    layer.body += fmt::format(
        "\tout[{0}] = table_tanh((in[{0}]{1}) * 100 * {2} / {5}) * {5} / {3} / 100{4};\n", i,
        plus(-from.zero), scale(from), scale(to), plus(to.zero), kUnit);
  return layer;
}

Layer dequantise(std::size_t width, const Format &format) {
  Layer layer{{}, width};
  for (std::size_t i = 0; i < width; ++i)
    layer.body += fmt::format("\tout[{}] = {};\n", i,
                              times(fmt::format("(in[{}]{})", i, plus(-format.zero)),
                                    format.scale * kPrototypeScale));
  return layer;
}

// What each node's values span on the calibration data.
std::vector<Format> formats(const Model &model, const Matrix &calibration) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  std::vector<std::pair<double, double>> range(model.nodes.size(), {kInfinity, -kInfinity});
  for (std::size_t r = 0; r < calibration.rows; ++r) {
    const auto values = codegen::evaluate_nodes(
        model, std::span(calibration.values).subspan(r * calibration.columns, calibration.columns));
    for (std::size_t n = 0; n < values.size(); ++n)
      for (const double v : values[n])
        range[n] = {std::min(range[n].first, v), std::max(range[n].second, v)};
  }
  std::vector<Format> found;
  for (const auto &[lo, hi] : range) found.push_back(format_of(lo, hi));
  return found;
}

std::string tanh_table() {
  std::string text = "static const long long tanh_values[300] = {";
  for (int i = 0; i < 300; ++i)
    text += fmt::format("{}{},", i % 16 ? " " : "\n\t",
                        static_cast<int>(std::floor(100 * std::tanh(i * 0.01))));
  return text +
         "\n};\n\n"
         "static long long table_tanh(long long x)\n"
         "{\n"
         "\tif (x < 0)\n\t\treturn -table_tanh(-x);\n"
         "\tif (x >= 300)\n\t\treturn 100;\n"
         "\treturn tanh_values[x];\n"
         "}\n\n";
}

}  // namespace

std::string prototype_c(const Model &model, const Matrix &calibration) {
  const std::vector<Format> format = formats(model, calibration);
  std::vector<Layer> layers = {quantise(model.n_in(), format[0])};
  for (std::size_t n = 1; n < model.nodes.size(); ++n) {
    const Node &node = model.nodes[n];
    const auto *activation = std::get_if<codegen::Activation>(&node.operation);
    if (node.inputs != std::vector{n - 1})
      throw Error("the prototype's form is a chain of layers");
    if (const auto *full = std::get_if<codegen::Linear>(&node.operation))
      layers.push_back(linear(*full, format[n - 1], format[n]));
    else if (activation && activation->function == codegen::Function::tanh)
      layers.push_back(table_tanh(node.width, format[n - 1], format[n]));
    else
      throw Error("the prototype's form has linear layers and tanh only");
  }
  layers.push_back(dequantise(model.n_out(), format.back()));

  std::string text = "// SPDX-License-Identifier: GPL-2.0\n" + tanh_table(), buffers, table;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    text += fmt::format("static void layer{}(const long long *in, long long *out)\n{{\n{}}}\n\n", i,
                        layers[i].body);
    buffers += fmt::format("static long long buffer{}[{}];\n", i, layers[i].width);
    table += fmt::format("\t{{ layer{0}, buffer{0} }},\n", i);
  }
  return text + buffers +
         fmt::format("\nstatic const struct {{\n"
                     "\tvoid (*compute)(const long long *in, long long *out);\n"
                     "\tlong long *buffer;\n"
                     "}} layers[] = {{\n{}}};\n\n"
                     "void prototype_query(const long long *in, long long *out);\n"
                     "void prototype_query(const long long *in, long long *out)\n{{\n"
                     "\tint i;\n\n"
                     "\tfor (i = 0; i < {}; i++) {{\n"
                     "\t\tlayers[i].compute(in, layers[i].buffer);\n"
                     "\t\tin = layers[i].buffer;\n"
                     "\t}}\n"
                     "\tfor (i = 0; i < {}; i++)\n"
                     "\t\tout[i] = in[i];\n}}\n",
                     table, layers.size(), model.n_out());
}

}  // namespace liteflow::bench
