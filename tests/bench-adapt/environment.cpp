// SPDX-License-Identifier: GPL-2.0
#include "tests/bench-adapt/environment.h"

#include <algorithm>
#include <cmath>

#include "daemon/aurora/domain.h"

namespace liteflow::bench {
namespace {

aurora::LinkState link_of(const Phase &phase) {
  aurora::LinkState link;
  link.rate = phase.rate / 8;
  link.base_rtt = phase.base_rtt;
  // One BDP of the first phase, whatever comes: a buffer doesn't change with the path.
  link.buffer = static_cast<unsigned>(phases()[0].rate / 8 * phases()[0].base_rtt / 1448);
  return link;
}

}  // namespace

const std::vector<Phase> &phases() {
  static const std::vector<Phase> all{
      {"first", 16e6, 0.08},          {"rate x4", 64e6, 0.08}, {"rate /4", 16e6, 0.08},
      {"RTT x4", 16e6, 0.32},         {"first again", 16e6, 0.08},
      {"rate x4 again", 64e6, 0.08}};
  return all;
}

aurora::LinkSpec path_from(double time) {
  const auto now = std::min(static_cast<std::size_t>(std::max(time, 0.0) / kPhaseSeconds),
                            phases().size() - 1);
  aurora::LinkSpec spec;
  spec.link = link_of(phases()[now]);
  for (std::size_t i = now + 1; i < phases().size(); i++)
    spec.changes.push_back(
        {static_cast<double>(i) * kPhaseSeconds - time, link_of(phases()[i])});
  aurora::set_unit(spec);
  return spec;
}

}  // namespace liteflow::bench
