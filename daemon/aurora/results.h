// SPDX-License-Identifier: GPL-2.0
// What pretraining's result file holds, as JSON.
#pragma once

#include <nlohmann/json.hpp>

#include "daemon/aurora/pretrain.h"
#include "daemon/aurora/report.h"
#include "daemon/aurora/train.h"

namespace liteflow::aurora {

nlohmann::json to_json(const Validation &validation);
nlohmann::json to_json(const std::vector<CurvePoint> &curve, const std::vector<RewardWeights> &objectives);
nlohmann::json to_json(const Course &course, const PretrainOptions &options);

}  // namespace liteflow::aurora
