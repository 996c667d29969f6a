// SPDX-License-Identifier: GPL-2.0
#include "daemon/regression/pretrain.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include <fmt/format.h>

#include "codegen/error.h"
#include "daemon/training/blas.h"
#include "daemon/training/file.h"

namespace liteflow {

void check(const LabelPretrainOptions &o, const std::string &name) {
  if (!o.seeds) throw Error("pretrain " + name + ": --seeds 0: at least one seed must be trained");
  if (o.output.empty()) throw Error("pretrain " + name + ": --output is empty: name the model file to write");
}

namespace regression {
namespace {

// One row per line.
std::string calibration(const Rows &rows, std::size_t n) {
  std::string text;
  for (std::size_t i = 0; i < n; i++) {
    const float *row = &rows.features[i * rows.size() / n * rows.columns];
    for (std::size_t k = 0; k < rows.columns; k++)
      text += fmt::format("{:.6g}{}", row[k], k + 1 < rows.columns ? ',' : '\n');
  }
  return text;
}

}  // namespace

ContestOptions contest_of(const LabelPretrainOptions &o) {
  ContestOptions c;
  c.first_seed = o.first_seed;
  c.seeds = o.seeds;
  if (!o.quick) return c;
  c.shapes = {{8, 8}, {16, 16}};
  c.passes = 3;
  return c;
}

void write_results(const Subject &subject, const LabelPretrainOptions &o, const Outcome &outcome) {
  const std::string figures = fmt::format("{}/pretrain-{}", o.results_dir, subject.name);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - outcome.start).count();
  nlohmann::json result = outcome.result;
  result["meta"] = {
      {"wall_seconds", seconds}, {"blas_core", blas_core()}, {"version", LF_VERSION}, {"quick", o.quick}};
  write_file(figures + ".json", result.dump(1) + "\n");
  draw(subject, outcome.candidates, outcome.chosen, figures + ".png");
  fmt::print("wrote {}.json and .png after {:.0f} s\n", figures, seconds);
  if (o.document.empty()) return;
  const std::string picture = stem_of(o.document) + ".svg";
  write_file(o.document, outcome.document(std::filesystem::path(picture).filename().string()));
  draw(subject, outcome.candidates, outcome.chosen, picture);
}

void write_model(const LabelPretrainOptions &o, const Candidate &chosen, const Rows &training,
                 std::size_t calibration_rows) {
  const std::string stem = stem_of(o.output);
  write_file(o.output, chosen.model);
  write_file(stem + "-calibration.csv", calibration(training, std::min(calibration_rows, training.size())));
  fmt::print("wrote {} and {}-calibration.csv\n", o.output, stem);
}

}  // namespace regression
}  // namespace liteflow
