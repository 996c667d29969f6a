// SPDX-License-Identifier: GPL-2.0
#include "codegen/commands.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "codegen/csv.h"
#include "codegen/emit.h"
#include "codegen/error.h"
#include "codegen/import.h"
#include "codegen/interpret.h"
#include "codegen/quantise.h"
#include "codegen/report.h"

namespace liteflow::codegen {
namespace {

using Json = nlohmann::ordered_json;

struct Job {
  Matrix inputs;
  Model model;
  Network network;
};

// The model for inputs of this width. A width that doesn't fit is told as such,
// if the model can be imported at all.
Model import_for(const Arguments &arguments, std::size_t columns) {
  try {
    return import_model(arguments.model, columns);
  } catch (const Error &) {
    const Model model = import_model(arguments.model);
    throw Error(fmt::format("{}: {} columns, but {} takes {} inputs", arguments.inputs, columns,
                            arguments.model, model.n_in()));
  }
}

Job prepare(const Arguments &arguments) {
  Job job;
  job.inputs = read_csv(arguments.inputs);
  job.model = import_for(arguments, job.inputs.columns);
  QuantiseOptions options;
  options.app = arguments.app;
  options.weight_bits = arguments.weight_bits;
  options.sigma = arguments.sigma;
  if (!arguments.ranges.empty()) {
    const Matrix ranges = read_csv(arguments.ranges, 2);
    for (std::size_t r = 0; r < ranges.rows; ++r)
      options.declared.emplace_back(ranges(r, 0), ranges(r, 1));
  }
  try {
    job.network = quantise(job.model, job.inputs, options);
  } catch (const Error &e) {
    throw Error(fmt::format("{} with {}: {}", arguments.model, arguments.inputs, e.what()));
  }
  return job;
}

void report(const Arguments &arguments) {
  const Job job = prepare(arguments);
  const Report report = make_report(job.model, job.network, job.inputs);
  if (arguments.json)
    fmt::print("{}\n", to_json(report).dump(2));
  else
    fmt::print("{}", to_text(report));
}

void emit_files(const Arguments &arguments) {
  const Job job = prepare(arguments);
  emit(job.network, arguments.output);
  const std::string name = job.network.name();
  if (arguments.json)
    fmt::print("{}\n", Json{{"name", name},
                            {"directory", arguments.output},
                            {"files", {name + ".c", "Kbuild"}}}
                           .dump(2));
  else
    fmt::print("{}/{}.c\n", arguments.output, name);
}

void run_rows(const Arguments &arguments) {
  const Job job = prepare(arguments);
  const Matrix f = evaluate(job.model, job.inputs), g = run(job.network, job.inputs);
  if (!arguments.json)
    fmt::print("{:>6} {:>6} {:>14} {:>14} {:>12} {:>12}\n", "row", "output", "float", "integer",
               "raw", "difference");
  Json rows = Json::array();
  for (std::size_t r = 0; r < f.rows; ++r) {
    Json floats = Json::array(), integers = Json::array(), differences = Json::array();
    for (std::size_t o = 0; o < f.columns; ++o) {
      if (!arguments.json)
        fmt::print("{:>6} {:>6} {:>14.7g} {:>14.7g} {:>12} {:>12.3g}\n", r + 1, o + 1, f(r, o),
                   g(r, o), to_q16(g(r, o)), g(r, o) - f(r, o));
      floats.push_back(f(r, o));
      integers.push_back(to_q16(g(r, o)));
      differences.push_back(g(r, o) - f(r, o));
    }
    rows.push_back({{"float", floats}, {"integer", integers}, {"difference", differences}});
  }
  if (arguments.json) fmt::print("{}\n", Json{{"fraction_bits", LF_FRAC}, {"rows", rows}}.dump(2));
}

}  // namespace

const std::vector<Command> &commands() {
  static const std::vector<Command> table = {
      {"report", "show layers, proved bounds, cost and fidelity loss", false, report},
      {"emit", "write the snapshot's C file and Kbuild", true, emit_files},
      {"run", "answer every input row in float and in integers", false, run_rows},
  };
  return table;
}

}  // namespace liteflow::codegen
