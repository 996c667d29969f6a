// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/m3/parameters.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "codegen/error.h"

namespace liteflow::sim::m3 {
namespace {

constexpr std::size_t kPublishedFile = 15, kPublished = 19;
constexpr std::size_t kTransports = 4, kTcp = 5 + kTransports;

void in_range(const char *name, double value, double least) {
  if (!(value >= least) || !std::isfinite(value))
    throw Error(fmt::format("settings: {} = {}: must be a number of at least {}", name, value, least));
}

float log_of(double packets) { return static_cast<float>(std::log2(packets) / 8); }

}  // namespace

std::size_t size_of(Layout layout) { return layout == Layout::published ? kPublished : kTcp; }

std::vector<float> parameters_of(const TcpSettings &s, const Lot &lot) {
  const double packet_bits = (s.wire.payload + s.wire.header) * 8.0, packet_kb = s.wire.payload / 1e3;
  in_range("buffer_kb", s.buffer_kb, packet_kb);
  in_range("window_kb", s.window_kb, packet_kb);
  in_range("ecn_k_kb", s.ecn_k_kb, 0);
  double rate = lot.cap, round_trip = 0;
  for (const Link &link : lot.links) {
    rate = std::min(rate, link.rate);
    round_trip += 2 * static_cast<double>(link.delay_ns) + packet_bits / link.rate;
  }
  std::vector<float> values = {static_cast<float>(static_cast<double>(lot.links.size()) / 4),
                               log_of(rate * round_trip / packet_bits), log_of(s.buffer_kb / packet_kb),
                               log_of(s.window_kb / packet_kb), log_of(s.ecn_k_kb / packet_kb + 1)};
  values.resize(kTcp);
  values.at(kTcp - kTransports + static_cast<std::size_t>(s.transport)) = 1;
  return values;
}

std::vector<float> published_parameters(std::span<const double> values, std::size_t nodes, const std::string &source) {
  if (values.size() != kPublishedFile)
    throw Error(fmt::format("{}: {} values, expected {}: not a parameter file of m3's demo data?", source,
                            values.size(), kPublishedFile));
  if (nodes != 3 && nodes != 5 && nodes != 7)
    throw Error(fmt::format("{}: a path of {} nodes: the published ones have 3, 5 or 7", source, nodes));
  const std::size_t kind = nodes / 2 - 1;
  std::vector<float> all(4);
  all[kind] = 1;
  all[3] = static_cast<float>(5 * (kind + 1));  // the file's own first value is a place holder
  const bool pfc = values[3] == 1;
  for (std::size_t i = 1; i < values.size(); i++) {
    all.push_back(static_cast<float>(values[i]));
    if (i == 3) all.push_back(pfc ? 0 : 1);
  }
  return all;
}

}  // namespace liteflow::sim::m3
