// SPDX-License-Identifier: GPL-2.0
#include "daemon/mocc/landmarks.h"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace liteflow::mocc {
namespace {

// Weights in tenths.
using Tenths = std::array<int, 3>;

std::vector<Tenths> grid() {
  std::vector<Tenths> all;
  for (int throughput = 1; throughput <= 8; throughput++)
    for (int latency = 1; throughput + latency <= 9; latency++)
      all.push_back({throughput, latency, 10 - throughput - latency});
  return all;
}

bool neighbours(const Tenths &a, const Tenths &b) {
  return std::abs(a[0] - b[0]) + std::abs(a[1] - b[1]) + std::abs(a[2] - b[2]) == 2;
}

}  // namespace

std::vector<RewardWeights> landmarks() {
  std::vector<RewardWeights> all;
  for (const Tenths &t : grid()) all.push_back({t[0] / 10.0, t[1] / 10.0, t[2] / 10.0});
  return all;
}

std::vector<std::size_t> bootstraps() {
  const std::vector<Tenths> all = grid();
  std::vector<std::size_t> found;
  for (const Tenths &t : {Tenths{6, 3, 1}, Tenths{1, 6, 3}, Tenths{3, 1, 6}})
    found.push_back(static_cast<std::size_t>(std::find(all.begin(), all.end(), t) - all.begin()));
  return found;
}

std::vector<std::size_t> traversal() {
  // Every edge is as long as any other: Dijkstra's algorithm is a search in breadth.
  const std::vector<Tenths> all = grid();
  std::vector<std::size_t> order = bootstraps();
  std::vector<char> seen(all.size(), 0);
  for (const std::size_t i : order) seen[i] = 1;
  for (std::size_t at = 0; at < order.size(); at++)
    for (std::size_t i = 0; i < all.size(); i++)
      if (!seen[i] && neighbours(all[order[at]], all[i])) {
        seen[i] = 1;
        order.push_back(i);
      }
  return order;
}

aurora::Curriculum neighbourhood_transfer(std::size_t stay) {
  return [stay, first = bootstraps(), order = traversal()](std::size_t update, std::size_t updates,
                                                           std::size_t environments, Rng &rng) {
    const std::size_t half = updates / 2;
    std::vector<std::size_t> objectives(environments);
    if (update < half) {
      for (std::size_t e = 0; e < environments; e++) objectives[e] = first[e % first.size()];
      return objectives;
    }
    const std::size_t visit = (update - half) / stay;
    const std::size_t known = std::max(first.size(), std::min(visit + 1, order.size()));
    for (std::size_t e = 0; e < environments; e++)
      objectives[e] = e % 2 ? order[rng.below(known)] : order[visit % order.size()];
    return objectives;
  };
}

}  // namespace liteflow::mocc
