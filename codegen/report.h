// SPDX-License-Identifier: GPL-2.0
// Report: what a model became, what is proved of it, what it costs, and how
// close it stays to the float model.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "codegen/bounds.h"
#include "codegen/fidelity.h"
#include "codegen/model.h"
#include "codegen/network.h"
#include "codegen/sample.h"

namespace liteflow::codegen {

struct Report {
  std::string name, app, sha256;
  std::vector<LayerBound> layers;
  Ranges clip;      // application values, per input
  Ranges outputs;   // seen on the calibration records, per output
  std::size_t records = 0, clipped = 0;  // clipped: records with a value outside
  std::uint32_t macs = 0;
  std::size_t stack_bytes = 0;  // scratch of one inference, without its frame
  std::size_t table_bytes = 0;  // tanh knots, where they are used
  std::size_t parameter_bytes = 0;
  std::optional<std::size_t> code_bytes;  // with the kernel's flags; needs gcc
  // "calibration" (records that aren't clipped), "uniform", "near-record" and
  // "corner", kDraws inputs each of the last three, always the same ones.
  std::vector<std::pair<std::string, FidelityLoss>> fidelity;
};

inline constexpr std::size_t kDraws = 10000;

Report make_report(const Model &model, const Network &network, const Matrix &calibration);

nlohmann::ordered_json to_json(const Report &report);
std::string to_text(const Report &report);

}  // namespace liteflow::codegen
