// SPDX-License-Identifier: GPL-2.0
#include <fmt/format.h>

#include <cmath>

#include "codegen/csv.h"
#include "daemon/netlink/q16.h"
#include "tools/lfctl/objects.h"
#include "tools/lfctl/records.h"

namespace liteflow::lfctl {
namespace {

std::vector<std::int32_t> to_inputs(const Matrix &matrix, const std::string &path) {
  std::vector<std::int32_t> inputs;
  inputs.reserve(matrix.values.size());
  for (std::size_t i = 0; i < matrix.values.size(); i++) {
    if (std::abs(matrix.values[i]) >= kQ16Max / kQ16One)
      throw Error(fmt::format("{}:{}: field {}: {} is outside the kernel's range of +-32768", path,
                              i / matrix.columns + 1, i % matrix.columns + 1, matrix.values[i]));
    inputs.push_back(to_q16(matrix.values[i]));
  }
  return inputs;
}

std::string to_csv(const InferRow &row) {
  std::string line;
  for (const std::int32_t value : row.outputs)
    line += fmt::format("{}{}", line.empty() ? "" : ",", from_q16(value));
  return line + "\n";
}

}  // namespace

void snapshot_infer(Context &context) {
  const auto one = find_snapshot(context.kernel, context.arguments.text("SNAPSHOT"));
  const std::string &path = context.arguments.text("FILE");
  const Matrix matrix = codegen::read_csv(path, one.n_in);
  const auto outputs = context.kernel.infer(one.id, to_inputs(matrix, path));
  const std::size_t width = outputs.size() / matrix.rows;
  std::vector<InferRow> rows;
  for (std::size_t i = 0; i < matrix.rows; i++) {
    const auto from = outputs.begin() + static_cast<std::ptrdiff_t>(i * width);
    rows.push_back({i + 1, {from, from + static_cast<std::ptrdiff_t>(width)}});
  }
  if (context.output.json()) return context.output.print(to_json(rows));
  for (const InferRow &row : rows) context.output.print(to_csv(row));
}

}  // namespace liteflow::lfctl
