// SPDX-License-Identifier: GPL-2.0
#include "daemon/lb/chooser.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace liteflow::lb {
namespace {

Shares normal(Shares shares) {
  const double sum = std::accumulate(shares.begin(), shares.end(), 0.0);
  for (double &s : shares) s /= sum;
  return shares;
}

std::vector<double> rtts(const Probe &probe) {
  std::vector<double> values;
  for (const Outcome &o : probe) values.push_back(o.rtt);
  return values;
}

template <typename Values>
Shares least(const Values &values) {
  const auto lowest = *std::min_element(values.begin(), values.end());
  Shares shares;
  for (const auto v : values) shares.push_back(v == lowest ? 1 : 0);
  return normal(shares);
}

// The better of two that are drawn.
template <typename Values>
Shares of_two(const Values &values) {
  Shares shares(values.size(), values.size() == 1 ? 1 : 0);
  for (std::size_t i = 0; i < values.size(); i++)
    for (std::size_t k = 0; k < values.size(); k++) {
      if (values[k] > values[i]) shares[i] += 2;
      if (k != i && values[k] == values[i]) shares[i]++;
    }
  return normal(shares);
}

Shares ecmp(const Probe &probe, std::span<const float>) { return normal(Shares(probe.size(), 1)); }

Shares weighted(const Probe &probe, std::span<const float>) {
  Shares shares;
  for (const Outcome &o : probe) shares.push_back(o.rate);
  return normal(shares);
}

Shares least_rtt(const Probe &probe, std::span<const float>) { return least(rtts(probe)); }
Shares two_by_rtt(const Probe &probe, std::span<const float>) { return of_two(rtts(probe)); }
Shares network_two(const Probe &, std::span<const float> scores) { return of_two(scores); }

Shares network_softmax(const Probe &, std::span<const float> scores) { return softmax_shares(scores); }

Shares best(const Probe &probe, std::span<const float>) {
  std::vector<float> labels;
  for (const Outcome &o : probe) labels.push_back(o.label);
  return least(labels);
}

constexpr Chooser kChoosers[] = {{kEcmp, ecmp},
                                 {"ECMP by true rates", weighted},
                                 {"least RTT", least_rtt},
                                 {"best of two by RTT", two_by_rtt},
                                 {"network, best of two", network_two},
                                 {kNetwork, network_softmax},
                                 {"perfect knowledge", best}};

}  // namespace

Shares softmax_shares(std::span<const float> scores) {
  const float lowest = *std::min_element(scores.begin(), scores.end());
  Shares shares;
  for (const float s : scores) shares.push_back(std::exp2(-kSharpness * (s - lowest)));
  return normal(shares);
}

std::span<const Chooser> choosers() { return kChoosers; }

Slowdowns slowdowns(const std::vector<Probe> &probes, const std::vector<std::vector<float>> &scores,
                    const Chooser &chooser) {
  std::vector<std::pair<double, double>> all;  // slowdown, with which probability
  Slowdowns s;
  double logs = 0;
  const auto n = static_cast<double>(probes.size());
  for (std::size_t i = 0; i < probes.size(); i++) {
    const Shares shares = chooser.choose(probes[i], scores[i]);
    for (std::size_t k = 0; k < shares.size(); k++) {
      const double label = probes[i][k].label;
      all.emplace_back(std::exp2(label), shares[k] / n);
      s.mean += std::exp2(label) * shares[k] / n;
      logs += label * shares[k] / n;
    }
  }
  s.middle = std::exp2(logs);
  std::sort(all.begin(), all.end());
  double below = 0;
  for (const auto &[slowdown, share] : all) {
    s.p99 = slowdown;
    below += share;
    if (below >= 0.99) break;
  }
  return s;
}

}  // namespace liteflow::lb
