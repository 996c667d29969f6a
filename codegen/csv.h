// SPDX-License-Identifier: GPL-2.0
// CSV of numbers: one row per line, comma-separated, no header.
#pragma once

#include <cstddef>
#include <string>

#include "codegen/matrix.h"

namespace liteflow::codegen {

// Reads a file whose every line holds `columns` finite numbers (0: as many as
// the first line). Throws Error naming file, line and field.
Matrix read_csv(const std::string &path, std::size_t columns = 0);

}  // namespace liteflow::codegen
