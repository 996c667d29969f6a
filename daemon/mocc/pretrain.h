// SPDX-License-Identifier: GPL-2.0
// Pretraining of MOCC: one network for every objective.
#pragma once

#include "daemon/aurora/pretrain.h"

namespace liteflow {

// Defaults of `liteflowd pretrain mocc`.
PretrainOptions mocc_defaults();

// As pretrain_aurora(), with landmark objectives.
int pretrain_mocc(const PretrainOptions &options);

}  // namespace liteflow
