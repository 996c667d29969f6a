// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/net/digest.h"

#include <fmt/core.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>

#include "codegen/error.h"

namespace liteflow::sim {

std::string digest_of(const std::vector<std::string> &files) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const std::string &file : files) {
    std::ifstream in(file, std::ios::binary);
    if (!in) throw Error(fmt::format("{}: {}", file, std::strerror(errno)));
    for (auto c = std::istreambuf_iterator<char>(in); c != std::istreambuf_iterator<char>(); ++c)
      hash = (hash ^ static_cast<unsigned char>(*c)) * 0x100000001b3U;
  }
  return fmt::format("{:016x}", hash);
}

}  // namespace liteflow::sim
