// SPDX-License-Identifier: GPL-2.0
#include "daemon/training/keys.h"

#include <cmath>
#include <limits>
#include <stdexcept>

namespace liteflow {

double number_of(const std::string &adapter, const std::string &key, const std::string &text) {
  std::size_t used = 0;
  double v = std::numeric_limits<double>::quiet_NaN();
  try {
    v = std::stod(text, &used);
  } catch (const std::logic_error &) {
  }
  if (used != text.size() || !std::isfinite(v))
    throw Error(fmt::format("{}: {} = {}: not a number", adapter, key, text));
  return v;
}

}  // namespace liteflow
