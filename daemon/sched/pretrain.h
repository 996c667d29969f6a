// SPDX-License-Identifier: GPL-2.0
// Pretraining of the model of flow sizes that ships in models/.
#pragma once

#include "daemon/regression/pretrain.h"

namespace liteflow {

// Defaults of `liteflowd pretrain sched`.
LabelPretrainOptions sched_defaults();

// Train, choose, test, write; report on stdout, progress on stderr. Returns the
// process's exit code: 1, and no model, where the control is predicted. Throws
// Error.
int pretrain_sched(const LabelPretrainOptions &options);

}  // namespace liteflow
