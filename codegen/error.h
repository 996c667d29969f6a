// SPDX-License-Identifier: GPL-2.0
// The one exception of user space: bad input or a failed operation, told in
// one line that names the file, line or field and the remedy. main() prints it
// and exits with 1.
#pragma once

#include <stdexcept>
#include <string>

namespace liteflow {

class Error : public std::runtime_error {
 public:
  explicit Error(const std::string &what) : std::runtime_error(what) {}
};

}  // namespace liteflow
