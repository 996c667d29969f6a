// SPDX-License-Identifier: GPL-2.0
// What training reads and leaves behind: files that are written whole or not at all.
#pragma once

#include <string>

namespace liteflow {

// The bytes of a model; adapter: whose pretraining makes one, for the Error.
std::string read_model(const std::string &path, const std::string &adapter);

// Path without its extension.
std::string stem_of(const std::string &path);

void write_file(const std::string &path, const std::string &bytes);  // atomically

}  // namespace liteflow
