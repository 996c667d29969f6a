// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/flowsim/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <iterator>

#include "codegen/error.h"
#include "daemon/training/file.h"
#include "tools/lf-sim/flowsim/online.h"
#include "tools/lf-sim/net/lines.h"

namespace liteflow::sim {

namespace {

constexpr std::string_view kHeading = "lf-sim-table-1";

int log2_of(std::uint64_t bytes) { return static_cast<int>(std::bit_width(bytes)) - 1; }

// The f with the least sum of |f * r - 1| over ratios r: their inverses' median, weighted by r.
double best_factor(std::vector<double> ratios) {
  std::ranges::sort(ratios, std::greater<>());
  double all = 0, below = 0;
  for (const double ratio : ratios) all += ratio;
  for (const double ratio : ratios)
    if ((below += ratio) >= all / 2) return 1 / ratio;
  return 1 / ratios.back();
}

}  // namespace

SlowdownTable SlowdownTable::fit(const std::vector<Example> &examples) {
  std::map<Cell, std::vector<double>> ratios;
  for (const Example &example : examples)
    ratios[{example.hops, log2_of(example.bytes)}].push_back(example.fluid / example.truth);
  SlowdownTable table;
  for (auto &[cell, of] : ratios) table.factors_[cell] = best_factor(std::move(of));
  return table;
}

SlowdownTable SlowdownTable::read(const std::string &file) {
  Lines lines(file);
  lines.need("the heading");
  if (lines.word("the heading") != kHeading)
    lines.fail(fmt::format("it does not begin with {}: give what 'lf-sim train table' has written", kHeading));
  SlowdownTable table;
  while (lines.next()) {
    const std::int64_t log2 = lines.integer("the size's logarithm");
    const std::uint64_t hops = lines.whole("the hops");
    const double factor = lines.real("the factor");
    lines.end();
    if (log2 < 0 || log2 > 63) lines.fail(fmt::format("the size's logarithm is {}: 0 to 63", log2));
    if (factor <= 0) lines.fail(fmt::format("the factor is {}: it must be above 0", factor));
    if (!table.factors_.emplace(Cell{hops, static_cast<int>(log2)}, factor).second)
      lines.fail("this stands here twice");
  }
  if (table.factors_.empty()) throw Error(fmt::format("{}: no factors", file));
  return table;
}

void SlowdownTable::write(const std::string &file) const {
  std::string text = fmt::format("{}\n", kHeading);
  for (const auto &[cell, factor] : factors_)
    fmt::format_to(std::back_inserter(text), "{} {} {:.6g}\n", cell.second, cell.first, factor);
  write_file(file, text);
}

double SlowdownTable::factor(std::uint64_t bytes, std::size_t hops) const {
  const int size = log2_of(bytes);
  double factor = 1;
  int nearest = 64;
  for (auto at = factors_.lower_bound({hops, 0}); at != factors_.end() && at->first.first == hops; ++at) {
    const int distance = std::abs(at->first.second - size);
    if (distance >= nearest) continue;
    nearest = distance;
    factor = at->second;
  }
  return factor;
}

std::vector<Completion> run_table(const Topology &topology, const std::vector<Flow> &flows,
                                  const std::vector<Route> &routes, const Wire &wire, const SlowdownTable &table) {
  std::vector<Completion> completions = run_flowsim(topology, flows, routes, wire, false);
  for (std::size_t i = 0; i < flows.size(); i++)
    completions[i].fct_ns *= table.factor(flows[i].bytes, routes[i].size());
  return completions;
}

}  // namespace liteflow::sim
