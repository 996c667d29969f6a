// SPDX-License-Identifier: GPL-2.0
// Journal of decisions: one JSON object per line, appended, for people and for
// programs that want to know why a snapshot was swapped.
#pragma once

#include <fstream>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "daemon/update/gate.h"

namespace liteflow {

class Journal {
 public:
  explicit Journal(const std::string &path);  // "": keeps nothing. Throws Error.

  // Adds the time (seconds since 1970) and writes the line.
  void write(nlohmann::ordered_json line);

 private:
  std::ofstream file_;
};

nlohmann::ordered_json to_json(const Decision &decision);

}  // namespace liteflow
