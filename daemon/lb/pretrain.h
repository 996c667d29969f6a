// SPDX-License-Identifier: GPL-2.0
// Pretraining of the model of paths that ships in models/.
#pragma once

#include "daemon/regression/pretrain.h"

namespace liteflow {

// Defaults of `liteflowd pretrain lb`.
LabelPretrainOptions lb_defaults();

// As pretrain_sched(), on simulated fabrics.
int pretrain_lb(const LabelPretrainOptions &options);

}  // namespace liteflow
