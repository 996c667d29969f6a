// SPDX-License-Identifier: GPL-2.0
#include "codegen/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "codegen/compile.h"
#include "codegen/quantise.h"

namespace liteflow::codegen {
namespace {

using Json = nlohmann::ordered_json;

bool uses_table(const LayerBound &bound) {
  return bound.layer.act == LF_ACT_TANH || bound.layer.act == LF_ACT_SIGMOID;
}

// Records without a clipped value: the model answers for these.
Matrix unclipped(const Matrix &records, const Ranges &clip) {
  Matrix result;
  result.columns = records.columns;
  for (std::size_t r = 0; r < records.rows; ++r) {
    Matrix row(1, records.columns);
    std::copy_n(&records.values[r * records.columns], records.columns, row.values.begin());
    if (count_clipped(row, clip)) continue;
    result.values.insert(result.values.end(), row.values.begin(), row.values.end());
    ++result.rows;
  }
  return result;
}

// JSON knows no infinity: a share of an output that never moved is null.
Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json to_json(const Ranges &ranges) {
  Json list = Json::array();
  for (const auto &[lo, hi] : ranges) list.push_back({lo, hi});
  return list;
}

Json to_json(const LayerBound &bound) {
  return {{"operation", name_of_op(bound.layer.op)},
          {"activation", name_of_act(bound.layer.act)},
          {"inputs", bound.layer.n_in},
          {"outputs", bound.layer.n_out},
          {"macs", bound.macs},
          {"parameter_bytes", bound.bytes},
          {"accumulator_bound", bound.accumulator},
          {"accumulator_bits", bound.bits}};
}

Json to_json(const FidelityLoss &loss) {
  return {{"rows", loss.rows},
          {"worst", number(loss.worst)},
          {"typical", number(loss.typical)},
          {"worst_share", number(loss.worst_share)},
          {"typical_share", number(loss.typical_share)}};
}

double percent(std::size_t part, std::size_t whole) {
  return whole ? 100 * static_cast<double>(part) / static_cast<double>(whole) : 0;
}

std::string percent(double share) {
  return std::isfinite(share) ? fmt::format("{:.3f} %", 100 * share) : "-";
}

}  // namespace

Report make_report(const Model &model, const Network &network, const Matrix &calibration) {
  Report report;
  report.name = network.name();
  report.app = network.app;
  report.sha256 = network.digest();
  report.layers = layer_bounds(network);
  report.clip = clip_ranges(network);
  report.records = calibration.rows;
  report.clipped = count_clipped(calibration, report.clip);
  report.macs = verify(network);
  report.stack_bytes = network.scratch * sizeof(__s16);
  if (std::any_of(report.layers.begin(), report.layers.end(), uses_table))
    report.table_bytes = sizeof(lf_tanh_table);
  report.parameter_bytes = network.params.size();
  report.code_bytes = code_bytes(network);

  const Matrix records = unclipped(calibration, report.clip);
  report.outputs = output_ranges(model, records.rows ? records : clamp(calibration, report.clip));
  const auto add = [&](const char *name, const Matrix &inputs) {
    if (inputs.rows)
      report.fidelity.emplace_back(name, fidelity_loss(model, network, inputs, report.outputs));
  };
  add("calibration", records);
  add("uniform", draw(Draw::uniform, kDraws, report.clip, calibration, 11));
  add("near-record", draw(Draw::near_record, kDraws, report.clip, calibration, 12));
  add("corner", draw(Draw::corner, kDraws, report.clip, calibration, 13));
  return report;
}

Json to_json(const Report &report) {
  Json layers = Json::array(), fidelity = Json::object();
  for (const LayerBound &bound : report.layers) layers.push_back(to_json(bound));
  for (const auto &[name, loss] : report.fidelity) fidelity[name] = to_json(loss);
  const double share = percent(report.clipped, report.records) / 100;
  return {{"name", report.name},
          {"app", report.app},
          {"sha256", report.sha256},
          {"layers", layers},
          {"clip_ranges", to_json(report.clip)},
          {"records", report.records},
          {"clipped_records", report.clipped},
          {"clipped_share", share},
          {"output_ranges", to_json(report.outputs)},
          {"macs", report.macs},
          {"stack_bytes", report.stack_bytes},
          {"table_bytes", report.table_bytes},
          {"parameter_bytes", report.parameter_bytes},
          {"code_bytes", report.code_bytes ? Json(*report.code_bytes) : Json(nullptr)},
          {"fidelity_loss", fidelity}};
}

std::string to_text(const Report &report) {
  std::string text = fmt::format("{}\n\n{:>5}  {:<13} {:<15} {:>6} {:>7} {:>7} {:>7}  {}\n",
                                 report.name, "layer", "operation", "activation", "inputs",
                                 "outputs", "MACs", "bytes", "accumulator");
  for (std::size_t i = 0; i < report.layers.size(); ++i) {
    const LayerBound &b = report.layers[i];
    text += fmt::format("{:>5}  {:<13} {:<15} {:>6} {:>7} {:>7} {:>7}  {}\n", i,
                        name_of_op(b.layer.op), name_of_act(b.layer.act), b.layer.n_in,
                        b.layer.n_out, b.macs, b.bytes,
                        b.bits ? fmt::format("<= {} ({} bits)", b.accumulator, b.bits) : "-");
  }
  text += "\ninput   clip range\n";
  for (std::size_t i = 0; i < report.clip.size(); ++i)
    text += fmt::format("{:>5}   [{:.5g}, {:.5g}]\n", i + 1, report.clip[i].first,
                        report.clip[i].second);
  text += fmt::format("{} of {} records clipped ({:.3f} %)\n\n", report.clipped, report.records,
                      percent(report.clipped, report.records));
  text += fmt::format("{} MACs, {} bytes of parameters, {} of tables, {} of code, {} of stack\n\n",
                      report.macs, report.parameter_bytes, report.table_bytes,
                      report.code_bytes ? fmt::to_string(*report.code_bytes) : "unknown (no gcc)",
                      report.stack_bytes);
  text += fmt::format("{:<14}{:>8} {:>12} {:>12} {:>12} {:>12}\n", "fidelity loss", "inputs",
                      "worst", "typical", "worst", "typical");
  for (const auto &[name, loss] : report.fidelity)
    text += fmt::format("{:<14}{:>8} {:>12.6f} {:>12.6f} {:>12} {:>12}\n", name, loss.rows,
                        loss.worst, loss.typical, percent(loss.worst_share),
                        percent(loss.typical_share));
  return text;
}

}  // namespace liteflow::codegen
