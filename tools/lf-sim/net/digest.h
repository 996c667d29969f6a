// SPDX-License-Identifier: GPL-2.0
// Digest: whether files are still those that something was made of. Not against malice.
#pragma once

#include <string>
#include <vector>

namespace liteflow::sim {

// FNV-1a, 64 bits, of the files' bytes one after the other, in hexadecimal. Error naming one that can't be read.
std::string digest_of(const std::vector<std::string> &files);

}  // namespace liteflow::sim
