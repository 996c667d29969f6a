// SPDX-License-Identifier: GPL-2.0
// TorchScript import. The only header that leads to libtorch; it shows none of
// it. Load only files that you trust: TorchScript is a program.
#pragma once

#include <cstddef>
#include <string>

#include "codegen/model.h"

namespace liteflow::codegen {

inline constexpr std::size_t kMaxInputs = 128;  // as LF_IN_MAX

// Reads what torch.jit.save wrote, in Python or in C++ (a module with a defined
// forward), freezes it for inference and turns it into a simplified Model.
//
// forward takes one tensor, (batch, n_in) or (n_in), and returns one. n_in is
// the least width that every operation accepts; columns, where not 0, says
// which width is meant and must be one that they accept.
//
// Throws Error naming the file and what can't be imported: no model, an
// operator that isn't supported, control flow, weights that aren't numbers.
Model import_model(const std::string &path, std::size_t columns = 0);
Model import_model_bytes(const std::string &bytes, std::size_t columns = 0);

}  // namespace liteflow::codegen
