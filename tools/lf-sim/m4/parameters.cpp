// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/m4/parameters.h"

#include <cmath>

#include <fmt/format.h>

#include "codegen/error.h"

namespace liteflow::sim::m4 {
namespace {

float log_of(const char *name, double packets) {
  if (!(packets > 0) || !std::isfinite(packets))
    throw Error(fmt::format("settings: {} of {} packets: must be a positive number", name, packets));
  return static_cast<float>(std::log2(packets) / 8);
}

}  // namespace

std::vector<float> parameters_of(const TcpSettings &s) {
  const double packet_kb = s.wire.payload / 1e3;
  std::vector<float> values = {log_of("buffer_kb", s.buffer_kb / packet_kb),
                               log_of("window_kb", s.window_kb / packet_kb), log_of("first_window", s.first_window),
                               log_of("ecn_k_kb", s.ecn_k_kb / packet_kb + 1)};
  values.resize(kParameters);
  values[kParameters - kTransports + static_cast<std::size_t>(s.transport)] = 1;
  return values;
}

}  // namespace liteflow::sim::m4
