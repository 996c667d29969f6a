// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/parsimon/clusters.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "codegen/error.h"

namespace liteflow::sim::parsimon {
namespace {

Quantiles quantiles(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  Quantiles q;
  q.values.resize(kQuantiles);
  for (std::size_t i = 0; i < kQuantiles; i++) {
    q.values[i] = static_cast<float>(values[i * values.size() / kQuantiles]);
    q.sum += static_cast<double>(q.values[i]);
  }
  return q;
}

// Whether the weighted mean absolute percentage error, as a share, is below that. From the largest on: that they are
// apart mostly shows there.
bool close(const Quantiles &first, const Quantiles &other, double share) {
  double apart = 0;
  for (std::size_t i = first.values.size(); i-- > 0;) {
    apart += std::abs(static_cast<double>(first.values[i]) - static_cast<double>(other.values[i]));
    if (apart > 0 && apart >= share * first.sum) return false;
  }
  return apart < share * first.sum || (apart == 0 && share > 0);
}

}  // namespace

void check(const Likeness &likeness) {
  if (!(likeness.distributions >= 0)) throw Error("parsimon: the difference of distributions must not be negative");
  if (!(likeness.load >= 0)) throw Error("parsimon: the difference of loads must not be negative");
}

Traits traits_of(std::vector<double> bytes, const std::vector<double> &starts_ns, double rate, int place) {
  Traits t{.sizes = {}, .gaps = {}, .load = 0, .rate = rate, .place = place};
  if (bytes.size() < 2) return t;
  std::vector<double> gaps;
  for (std::size_t i = 1; i < starts_ns.size(); i++) gaps.push_back(starts_ns[i] - starts_ns[i - 1]);
  const double bits = 8 * std::accumulate(bytes.begin(), bytes.end(), 0.0), ns = starts_ns.back() - starts_ns.front();
  // All at the same moment: there is no rate to speak of.
  t.load = ns > 0 ? bits / ns / rate : 0;
  t.sizes = quantiles(std::move(bytes));
  t.gaps = quantiles(std::move(gaps));
  return t;
}

bool alike(const Traits &first, const Traits &other, const Likeness &likeness) {
  if (first.rate != other.rate || first.place != other.place) return false;
  if (first.sizes.values.size() != other.sizes.values.size()) return false;
  if (!(std::abs(first.load - other.load) < likeness.load)) return false;
  return close(first.sizes, other.sizes, likeness.distributions) &&
         close(first.gaps, other.gaps, likeness.distributions);
}

// Candidates are looked up by load, so that not all pairs are compared.
std::vector<std::size_t> cluster(std::span<const Traits> traits, const Likeness &likeness) {
  std::vector<std::size_t> by_load(traits.size()), first(traits.size(), traits.size());
  std::iota(by_load.begin(), by_load.end(), std::size_t{0});
  std::stable_sort(by_load.begin(), by_load.end(),
                   [&](std::size_t a, std::size_t b) { return traits[a].load < traits[b].load; });
  for (std::size_t i = 0; i < traits.size(); i++) {
    if (first[i] != traits.size()) continue;
    first[i] = i;
    const double load = traits[i].load;
    auto k = std::lower_bound(by_load.begin(), by_load.end(), load - likeness.load,
                              [&](std::size_t a, double least) { return traits[a].load < least; });
    for (; k != by_load.end() && traits[*k].load <= load + likeness.load; ++k)
      if (first[*k] == traits.size() && alike(traits[i], traits[*k], likeness)) first[*k] = i;
  }
  return first;
}

}  // namespace liteflow::sim::parsimon
